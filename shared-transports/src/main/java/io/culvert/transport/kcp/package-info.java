/** mKCP over UDP sockets: sessions as channels. */
@NullMarked
package io.culvert.transport.kcp;

import org.jspecify.annotations.NullMarked;
