/** HTTP/2 as far as it is counted without a connection. */
@NullMarked
package io.culvert.wire.h2;

import org.jspecify.annotations.NullMarked;
