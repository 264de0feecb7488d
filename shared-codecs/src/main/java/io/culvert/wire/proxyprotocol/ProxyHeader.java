package io.culvert.wire.proxyprotocol;

import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A header of the PROXY protocol, version 1 or 2.
 *
 * @param source the client, or null where the connection is the load balancer's own
 * @param destination what the client had connected to; null together with the source
 */
public record ProxyHeader(
        @Nullable InetSocketAddress source, @Nullable InetSocketAddress destination) {
    /** LOCAL or UNKNOWN, or a client that has no IP address: the socket's own addresses hold. */
    public static final ProxyHeader LOCAL = new ProxyHeader(null, null);

    private static final byte FIRST_OF_V1 = 'P';
    private static final byte FIRST_OF_V2 = 0x0D;

    /**
     * Reads a header. Takes nothing unless it is whole; says what cannot become one at the first byte that is wrong.
     *
     * @return what is never more than {@value ProxyHeaderV2#MOST_BYTES} bytes long, more needed, or malformed
     */
    public static Decoded<ProxyHeader> read(ByteBuf in) {
        if (!in.isReadable()) {
            return Decoded.needMore();
        }
        return switch (in.getByte(in.readerIndex())) {
            case FIRST_OF_V1 -> ProxyHeaderV1.read(in);
            case FIRST_OF_V2 -> ProxyHeaderV2.read(in);
            default -> Decoded.malformed("no PROXY header");
        };
    }

    /** Whether what is there begins as a signature does. */
    static boolean beginsWith(ByteBuf in, byte[] signature) {
        int length = Math.min(signature.length, in.readableBytes());
        for (int i = 0; i < length; i++) {
            if (in.getByte(in.readerIndex() + i) != signature[i]) {
                return false;
            }
        }
        return true;
    }
}
