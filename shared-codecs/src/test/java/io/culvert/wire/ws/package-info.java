@NullMarked
package io.culvert.wire.ws;

import org.jspecify.annotations.NullMarked;
