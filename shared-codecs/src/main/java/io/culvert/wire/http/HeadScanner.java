package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;

/**
 * Looks for the end of a head, byte by byte and each byte once. Refuses what readers of HTTP disagree about: a CR alone, control
 * characters, and in requests an LF alone. One instance per head.
 */
final class HeadScanner {
    /** The head goes on behind what was received. */
    static final int NEED_MORE = 0;
    /** This is no head; {@link #fault} says why. */
    static final int REFUSED = -1;

    private final int limit;
    private final boolean loneLf;
    private int scanned;
    private int lines;
    private int firstLineLength;
    private int headersAt;
    private int lineStart;
    private boolean afterCr;
    private boolean tooLong;
    private String fault = "";

    private HeadScanner(int limit, boolean loneLf) {
        this.limit = limit;
        this.loneLf = loneLf;
    }

    /** @param limit the longest head, in bytes, with the empty line at its end */
    static HeadScanner ofRequest(int limit) {
        return new HeadScanner(limit, false);
    }

    /** An answer's lines may end in an LF alone too (RFC 9112 section 2.2), as old servers and scripts write them. */
    static HeadScanner ofAnswer(int limit) {
        return new HeadScanner(limit, true);
    }

    /**
     * Goes on.
     *
     * @param in everything from the first byte of the head on; left as it is
     * @return the length of the head in bytes, or {@link #NEED_MORE}, or {@link #REFUSED}
     */
    int scan(ByteBuf in) {
        int start = in.readerIndex();
        int readable = in.readableBytes();
        while (scanned < readable && scanned < limit) {
            int b = in.getUnsignedByte(start + scanned++);
            if (afterCr) {
                if (b != '\n') {
                    return refuse("CR without LF");
                }
                afterCr = false;
                if (endLine(2)) {
                    return scanned;
                }
            } else if (b == '\r') {
                afterCr = true;
            } else if (b == '\n') {
                if (!loneLf) {
                    return refuse("LF without CR");
                }
                if (endLine(1)) {
                    return scanned;
                }
            } else if (b < ' ' ? b != '\t' || lines == 0 : b == 0x7F) {
                return refuse("control character in the head");
            }
        }
        if (scanned == limit) {
            tooLong = true;
            return refuse("head of more than " + limit + " bytes");
        }
        return NEED_MORE;
    }

    /** A line is over, with an end of so many bytes; whether it was the empty one behind the head. */
    private boolean endLine(int endLength) {
        int lineLength = scanned - endLength - lineStart;
        lineStart = scanned;
        if (lines++ == 0) {
            firstLineLength = lineLength;
            headersAt = scanned;
        }
        return lineLength == 0;
    }

    private int refuse(String why) {
        fault = why;
        return REFUSED;
    }

    /** Whether the first line is whole. */
    boolean hasFirstLine() {
        return lines > 0;
    }

    /** The length of the first line in bytes, without its end. */
    int firstLineLength() {
        return firstLineLength;
    }

    /** Where the first header line starts, once {@link #hasFirstLine}. */
    int headersAt() {
        return headersAt;
    }

    /** Whether it was refused for its length. */
    boolean isTooLong() {
        return tooLong;
    }

    String fault() {
        return fault;
    }
}
