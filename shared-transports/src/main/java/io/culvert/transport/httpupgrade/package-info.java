/** HTTP/1.1 upgrade: the handshake of WebSocket, and the transport of V2Ray 5 and Xray that has nothing but it. */
@NullMarked
package io.culvert.transport.httpupgrade;

import org.jspecify.annotations.NullMarked;
