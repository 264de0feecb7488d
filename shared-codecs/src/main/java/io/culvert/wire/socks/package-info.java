/** SOCKS 4, 4a and 5 (wire-formats section 11). */
@NullMarked
package io.culvert.wire.socks;

import org.jspecify.annotations.NullMarked;
