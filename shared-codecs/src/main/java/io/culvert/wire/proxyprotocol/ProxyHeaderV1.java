package io.culvert.wire.proxyprotocol;

import io.culvert.model.Address;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The text form: {@code PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n}. */
final class ProxyHeaderV1 {
    /** The longest header that the protocol knows, with its end. */
    static final int MOST_BYTES = 107;

    private static final byte[] SIGNATURE = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final int FIELDS = 6;
    private static final int MOST_PORT_DIGITS = 5;
    private static final int MOST_PORT = 65_535;

    private ProxyHeaderV1() {}

    static Decoded<ProxyHeader> read(ByteBuf in) {
        if (!ProxyHeader.beginsWith(in, SIGNATURE)) {
            return Decoded.malformed("no PROXY header");
        }
        int start = in.readerIndex();
        int end = in.indexOf(start, start + Math.min(MOST_BYTES, in.readableBytes()), (byte) '\n');
        if (end < 0) {
            return in.readableBytes() < MOST_BYTES
                    ? Decoded.needMore()
                    : Decoded.malformed("a PROXY header without an end");
        }
        if (in.getByte(end - 1) != '\r') {
            return Decoded.malformed("a PROXY header that does not end with CR LF");
        }
        ProxyHeader header = parse(in.toString(start, end - 1 - start, StandardCharsets.US_ASCII));
        if (header == null) {
            return Decoded.malformed("a PROXY header with wrong addresses");
        }
        in.readerIndex(end + 1);
        return Decoded.complete(header);
    }

    private static @Nullable ProxyHeader parse(String line) {
        String[] fields = line.split(" ", -1);
        if (fields[1].equals("UNKNOWN")) {
            return ProxyHeader.LOCAL;
        }
        boolean six = fields[1].equals("TCP6");
        if (fields.length != FIELDS || !(six || fields[1].equals("TCP4"))) {
            return null;
        }
        InetSocketAddress source = address(fields[2], fields[4], six);
        InetSocketAddress destination = address(fields[3], fields[5], six);
        return source == null || destination == null ? null : new ProxyHeader(source, destination);
    }

    private static @Nullable InetSocketAddress address(String host, String port, boolean six) {
        // The text decides the family, also of ::ffff:192.0.2.1.
        if (host.contains(":") != six || host.contains("[") || !isPort(port)) {
            return null;
        }
        int number = Integer.parseInt(port);
        Address.Ip ip = Address.literal(host);
        return number <= MOST_PORT && ip != null ? new InetSocketAddress(ip.value(), number) : null;
    }

    private static boolean isPort(String text) {
        if (text.isEmpty() || text.length() > MOST_PORT_DIGITS) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }
}
