/** WebSocket frames as a byte stream (RFC 6455, wire-formats section 14.3). */
@NullMarked
package io.culvert.wire.ws;

import org.jspecify.annotations.NullMarked;
