/** mKCP (wire-formats section 16): segments, packet protection, and the session as a machine without I/O. */
@NullMarked
package io.culvert.wire.kcp;

import org.jspecify.annotations.NullMarked;
