package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;

/**
 * Looks for the end of a head, byte by byte and each byte once. Refuses what readers of HTTP disagree about: a line end
 * that is not CR LF, and control characters (reliability section 2c.13). One instance per head.
 */
final class HeadScanner {
    /** The head goes on behind what was received. */
    static final int NEED_MORE = 0;
    /** This is no head; {@link #fault} says why. */
    static final int REFUSED = -1;

    private final int limit;
    private int scanned;
    private int lines;
    private int firstLineLength;
    private int lineStart;
    private boolean afterCr;
    private String fault = "";

    /** @param limit the longest head, in bytes, with the empty line at its end */
    HeadScanner(int limit) {
        this.limit = limit;
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
        while (scanned < readable) {
            if (scanned == limit) {
                return refuse("head of more than " + limit + " bytes");
            }
            int b = in.getUnsignedByte(start + scanned++);
            if (afterCr) {
                if (b != '\n') {
                    return refuse("CR without LF");
                }
                afterCr = false;
                int lineLength = scanned - 2 - lineStart;
                lineStart = scanned;
                if (lines++ == 0) {
                    firstLineLength = lineLength;
                }
                if (lineLength == 0) {
                    return scanned;
                }
            } else if (b == '\r') {
                afterCr = true;
            } else if (b == '\n') {
                return refuse("LF without CR");
            } else if (b < ' ' ? b != '\t' || lines == 0 : b == 0x7F) {
                return refuse("control character in the head");
            }
        }
        return NEED_MORE;
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

    String fault() {
        return fault;
    }
}
