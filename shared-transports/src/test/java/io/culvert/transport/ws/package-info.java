@NullMarked
package io.culvert.transport.ws;

import org.jspecify.annotations.NullMarked;
