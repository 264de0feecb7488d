package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the header of a disguised stream, in as many pieces as it comes (wire-formats section 14.1). It is as lenient as the
 * reference: of a request only the path counts, of an answer nothing. One instance per connection, owned by one thread.
 */
public final class DisguiseReader {
    /** The longest header, in bytes. */
    public static final int MAX_LENGTH = 8 * 1024;

    private static final int END_LENGTH = 4;

    private final @Nullable List<String> paths;
    private int scanned;
    private boolean lineSeen;
    private boolean found;

    /** What has been read. */
    public enum Status {
        NEED_MORE,
        /** The header is whole and taken; what follows is the stream. */
        DONE,
        /** A request for a path that is not served. */
        NOT_FOUND,
        MALFORMED
    }

    private DisguiseReader(@Nullable List<String> paths) {
        this.paths = paths;
    }

    /** A reader of requests for one of some paths. */
    public static DisguiseReader ofRequest(List<String> paths) {
        return new DisguiseReader(List.copyOf(paths));
    }

    /** A reader of answers: skips everything up to the first blank line. */
    public static DisguiseReader ofResponse() {
        return new DisguiseReader(null);
    }

    /** Goes on. Takes nothing until the header is whole. */
    public Status read(ByteBuf in) {
        int start = in.readerIndex();
        int end = Math.min(in.readableBytes(), MAX_LENGTH);
        if (paths != null && end > 0 && !HttpSyntax.isTokenChar(in.getUnsignedByte(start))) {
            return Status.MALFORMED;
        }
        while (scanned < end) {
            if (in.getByte(start + scanned++) != '\n') {
                continue;
            }
            if (!lineSeen && endsWith(in, start, 2)) {
                lineSeen = true;
                if (paths != null && !parseLine(in.toString(start, scanned - 2, StandardCharsets.ISO_8859_1), paths)) {
                    return Status.MALFORMED;
                }
            }
            if (endsWith(in, start, END_LENGTH)) {
                in.skipBytes(scanned);
                return found || paths == null ? Status.DONE : Status.NOT_FOUND;
            }
        }
        return scanned == MAX_LENGTH ? Status.MALFORMED : Status.NEED_MORE;
    }

    /** Whether what was scanned ends in so many bytes of line ends. */
    private boolean endsWith(ByteBuf in, int start, int length) {
        if (scanned < length) {
            return false;
        }
        for (int i = 1; i <= length; i++) {
            if (in.getByte(start + scanned - i) != (i % 2 == 1 ? '\n' : '\r')) {
                return false;
            }
        }
        return true;
    }

    /** {@code method SP target SP HTTP/x.y}; whether it is one. */
    private boolean parseLine(String line, List<String> served) {
        int first = line.indexOf(' ');
        int last = line.lastIndexOf(' ');
        if (first <= 0 || last <= first || !line.startsWith("HTTP/", last + 1)) {
            return false;
        }
        String path = RequestPath.of(line.substring(first + 1, last));
        found = path != null && served.contains(path);
        return path != null;
    }
}
