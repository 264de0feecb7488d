@NullMarked
package io.culvert.transport.unix;

import org.jspecify.annotations.NullMarked;
