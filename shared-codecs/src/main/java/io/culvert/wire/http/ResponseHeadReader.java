package io.culvert.wire.http;

import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one answer's head. Takes nothing until it is whole. One instance per head, owned by one thread. */
final class ResponseHeadReader {
    /** {@code HTTP/1.1 200}: what every status line starts with has this length. */
    private static final int STATUS_END = 12;

    private static final int STATUS_AT = 9;

    private final HeadScanner scanner;

    /** @param maxLength the longest head, in bytes */
    ResponseHeadReader(int maxLength) {
        scanner = HeadScanner.ofAnswer(maxLength);
    }

    Decoded<HttpResponseHead> read(ByteBuf in) {
        if (!startsLikeHttp(in)) {
            return Decoded.malformed("the answer is not HTTP/1");
        }
        int length = scanner.scan(in);
        if (length == HeadScanner.REFUSED) {
            return Decoded.malformed(scanner.fault());
        }
        if (length == HeadScanner.NEED_MORE) {
            return Decoded.needMore();
        }
        String head = in.toString(in.readerIndex(), length, StandardCharsets.ISO_8859_1);
        in.skipBytes(length);
        String line = head.substring(0, scanner.firstLineLength());
        return switch (HeaderFields.ofAnswer(head, scanner.headersAt())) {
            case Decoded.Complete<HeaderFields>(HeaderFields headers) -> {
                HttpResponseHead parsed = parse(line, headers);
                yield parsed == null ? Decoded.malformed("invalid status line") : Decoded.complete(parsed);
            }
            case Decoded.NeedMore<HeaderFields> more -> throw new IllegalStateException("the head was whole");
            case Decoded.Malformed<HeaderFields>(CloseCause cause, String why) -> Decoded.malformed(cause, why);
        };
    }

    private static boolean startsLikeHttp(ByteBuf in) {
        String expected = "HTTP/1.";
        int known = Math.min(in.readableBytes(), expected.length());
        for (int i = 0; i < known; i++) {
            if (in.getByte(in.readerIndex() + i) != expected.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** {@code HTTP/1.x SP status [SP reason]}; servers that leave the reason out often leave its space out too. */
    private static @Nullable HttpResponseHead parse(String line, HeaderFields headers) {
        if (line.length() < STATUS_END
                || line.charAt(STATUS_AT - 1) != ' '
                || (line.length() > STATUS_END && line.charAt(STATUS_END) != ' ')) {
            return null;
        }
        HttpVersion version = HttpVersion.of(line.substring(0, STATUS_AT - 1));
        int status = (int) HttpSyntax.decimal(line.substring(STATUS_AT, STATUS_END), 3);
        if (version == null || status < 100) {
            return null;
        }
        String reason = line.length() > STATUS_END ? line.substring(STATUS_END + 1) : "";
        return new HttpResponseHead(version, status, reason, headers);
    }
}
