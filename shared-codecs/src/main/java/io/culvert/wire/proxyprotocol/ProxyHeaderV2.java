package io.culvert.wire.proxyprotocol;

import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** The binary form: signature, version and command, family, length, addresses, further values that are skipped. */
final class ProxyHeaderV2 {
    /** Longer headers are refused: addresses, and as many further values as anybody sends. */
    static final int MOST_BYTES = 4_096;

    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int COMMAND_AT = SIGNATURE.length;
    private static final int FAMILY_AT = COMMAND_AT + 1;
    private static final int LENGTH_AT = FAMILY_AT + 1;
    private static final int FIXED_BYTES = LENGTH_AT + 2;

    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int TCP4 = 0x11;
    private static final int UDP4 = 0x12;
    private static final int TCP6 = 0x21;
    private static final int UDP6 = 0x22;
    private static final int UNIX_STREAM = 0x31;
    private static final int UNIX_DATAGRAM = 0x32;
    private static final int UNIX_PATH_BYTES = 108;

    private ProxyHeaderV2() {}

    static Decoded<ProxyHeader> read(ByteBuf in) {
        if (!ProxyHeader.beginsWith(in, SIGNATURE)) {
            return Decoded.malformed("no PROXY header");
        }
        int start = in.readerIndex();
        int readable = in.readableBytes();
        if (readable > COMMAND_AT) {
            int command = in.getUnsignedByte(start + COMMAND_AT);
            if (command != LOCAL && command != PROXY) {
                return Decoded.malformed("a PROXY header of an unknown version or command");
            }
        }
        if (readable < FIXED_BYTES) {
            return Decoded.needMore();
        }
        int length = in.getUnsignedShort(start + LENGTH_AT);
        if (FIXED_BYTES + length > MOST_BYTES) {
            return Decoded.malformed("a PROXY header of " + length + " bytes");
        }
        int family = in.getUnsignedByte(start + FAMILY_AT);
        boolean local = in.getUnsignedByte(start + COMMAND_AT) == LOCAL;
        boolean unix = family == UNIX_STREAM || family == UNIX_DATAGRAM;
        int addressBytes = addressBytes(family);
        int needed = unix ? 2 * UNIX_PATH_BYTES : 2 * addressBytes + 4;
        if (!local && ((addressBytes == 0 && !unix) || length < needed)) {
            return Decoded.malformed("a PROXY header without addresses that are known");
        }
        if (readable < FIXED_BYTES + length) {
            return Decoded.needMore();
        }
        // A client of the front's own host has no IP address: those of this connection are the best there are.
        ProxyHeader header = local || unix ? ProxyHeader.LOCAL : addresses(in, start + FIXED_BYTES, addressBytes);
        in.skipBytes(FIXED_BYTES + length);
        return Decoded.complete(header);
    }

    /** 0 for a family that has none that are known. */
    private static int addressBytes(int family) {
        return switch (family) {
            case TCP4, UDP4 -> 4;
            case TCP6, UDP6 -> 16;
            default -> 0;
        };
    }

    private static ProxyHeader addresses(ByteBuf in, int at, int bytes) {
        int ports = at + 2 * bytes;
        return new ProxyHeader(address(in, at, bytes, ports), address(in, at + bytes, bytes, ports + 2));
    }

    private static InetSocketAddress address(ByteBuf in, int at, int bytes, int portAt) {
        byte[] raw = new byte[bytes];
        in.getBytes(at, raw);
        try {
            return new InetSocketAddress(InetAddress.getByAddress(raw), in.getUnsignedShort(portAt));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes + " bytes", e);
        }
    }
}
