package io.culvert.wire.http;

import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads one request head, strictly (wire-formats section 12.1, reliability section 2c.13). Takes nothing from the buffer
 * until the head is whole. One instance per request, owned by one thread.
 */
public final class RequestHeadReader {
    /** The longest head of a request that asks for an upgrade, in bytes. */
    public static final int MAX_LENGTH = 8 * 1024;

    /** The longest head of a request to the HTTP proxy, in bytes: with cookies they grow long. */
    public static final int MAX_PROXY_LENGTH = 64 * 1024;

    /** The longest method, in bytes: what is no method is no HTTP, and is noticed this early. */
    public static final int MAX_METHOD_LENGTH = 32;

    private final HeadScanner scanner;
    private @Nullable RequestLine line;

    /** A head of at most {@link #MAX_LENGTH}. */
    public RequestHeadReader() {
        this(MAX_LENGTH);
    }

    /** @param maxLength the longest head, in bytes */
    public RequestHeadReader(int maxLength) {
        scanner = HeadScanner.ofRequest(maxLength);
    }

    private record RequestLine(String method, String target, HttpVersion version) {}

    /**
     * Looks whether the head is whole.
     *
     * @param in everything received from the first byte of the request on
     * @return the head, with the reader index behind it; more needed; or malformed
     */
    public Decoded<HttpRequestHead> read(ByteBuf in) {
        if (line == null && !startsLikeHttp(in)) {
            return Decoded.malformed("not HTTP");
        }
        int length = scanner.scan(in);
        if (line == null && scanner.hasFirstLine()) {
            line = parseLine(in.toString(in.readerIndex(), scanner.firstLineLength(), StandardCharsets.ISO_8859_1));
            if (line == null) {
                return Decoded.malformed("not an HTTP/1 request line");
            }
        }
        if (length == HeadScanner.REFUSED) {
            return Decoded.malformed(scanner.fault());
        }
        if (length == HeadScanner.NEED_MORE || line == null) {
            return Decoded.needMore();
        }
        String head = in.toString(in.readerIndex(), length, StandardCharsets.ISO_8859_1);
        in.skipBytes(length);
        return switch (HeaderFields.ofRequest(head, scanner.headersAt())) {
            case Decoded.Complete<HeaderFields>(HeaderFields headers) ->
                Decoded.complete(new HttpRequestHead(line.method, line.target, line.version, headers));
            case Decoded.NeedMore<HeaderFields> more -> throw new IllegalStateException("the head was whole");
            case Decoded.Malformed<HeaderFields>(CloseCause cause, String why) -> Decoded.malformed(cause, why);
        };
    }

    /** Whether an HTTP request line has been seen: what is malformed behind it deserves an answer in HTTP. */
    public boolean spokeHttp() {
        return line != null;
    }

    /** Whether the head was refused because it is longer than it may be. */
    public boolean isTooLong() {
        return scanner.isTooLong();
    }

    /** Whether the bytes so far start with a method, or with what may become one. */
    private static boolean startsLikeHttp(ByteBuf in) {
        int start = in.readerIndex();
        int end = Math.min(in.writerIndex(), start + MAX_METHOD_LENGTH + 1);
        for (int i = start; i < end; i++) {
            int c = in.getUnsignedByte(i);
            if (c == ' ') {
                return i > start;
            }
            if (!HttpSyntax.isTokenChar(c)) {
                return false;
            }
        }
        return end - start <= MAX_METHOD_LENGTH;
    }

    /** {@code method SP target SP HTTP/1.x}, with exactly these two spaces. */
    private static @Nullable RequestLine parseLine(String text) {
        int first = text.indexOf(' ');
        int last = text.lastIndexOf(' ');
        if (first < 0 || last <= first + 1 || text.indexOf(' ', first + 1) != last) {
            return null;
        }
        HttpVersion version = HttpVersion.of(text.substring(last + 1));
        return version == null
                ? null
                : new RequestLine(text.substring(0, first), text.substring(first + 1, last), version);
    }
}
