package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;

/**
 * Reads the chunked coding (RFC 9112 section 7.1) strictly: {@code size[;extension] CRLF data CRLF}, a chunk of size 0,
 * trailers, an empty line. One instance per body, owned by one thread.
 */
final class ChunkedBody {
    /** The longest extension of one chunk, in bytes, with its semicolon (reliability section 2c.13). */
    static final int MAX_EXTENSION_LENGTH = 64;
    /** The most digits of a chunk's size: every such number fits a long. */
    static final int MAX_SIZE_DIGITS = 15;
    /** The most bytes of trailers, which are dropped. */
    static final int MAX_TRAILER_LENGTH = 8 * 1024;

    private Part part = Part.SIZE;
    private long size;
    private int digits;
    private int extensionLength;
    private int trailerLength;
    private int lineLength;
    private String fault = "";

    private enum Part {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        TRAILER_LF,
        OVER
    }

    /** What stands next in the buffer. */
    enum Next {
        NEED_MORE,
        /** Bytes of the body, {@link #remaining} at most; at least one has been received. */
        DATA,
        ENDED,
        REFUSED
    }

    /** Takes what is not data, up to the next data or the end of the body. */
    Next advance(ByteBuf in) {
        while (part != Part.OVER) {
            if (!in.isReadable()) {
                return Next.NEED_MORE;
            }
            if (part == Part.DATA) {
                return Next.DATA;
            }
            if (!accept(in.readUnsignedByte())) {
                return Next.REFUSED;
            }
        }
        return Next.ENDED;
    }

    /** What is left of the chunk whose data comes next, in bytes. */
    long remaining() {
        return size;
    }

    /** Learns that data has been taken from the buffer. */
    void taken(int length) {
        size -= length;
        if (size == 0) {
            part = Part.DATA_CR;
        }
    }

    String fault() {
        return fault;
    }

    private boolean accept(int b) {
        return switch (part) {
            case SIZE -> acceptSize(b);
            case EXTENSION -> acceptExtension(b);
            case SIZE_LF -> b == '\n' ? startChunk() : refuse("CR without LF in a chunk's size");
            case DATA_CR -> b == '\r' ? go(Part.DATA_LF) : refuse("chunk longer than its size");
            case DATA_LF -> b == '\n' ? startSize() : refuse("chunk longer than its size");
            case TRAILER -> acceptTrailer(b);
            case TRAILER_LF -> b == '\n' ? endTrailerLine() : refuse("CR without LF in the trailers");
            case DATA, OVER -> throw new IllegalStateException("not a byte of the coding");
        };
    }

    private boolean acceptSize(int b) {
        int digit = b < 0x80 ? Character.digit(b, 16) : -1;
        if (digit >= 0) {
            if (++digits > MAX_SIZE_DIGITS) {
                return refuse("chunk size of more than " + MAX_SIZE_DIGITS + " digits");
            }
            size = (size << 4) | digit;
            return true;
        }
        if (digits > 0 && b == '\r') {
            return go(Part.SIZE_LF);
        }
        if (digits > 0 && b == ';') {
            extensionLength = 1;
            return go(Part.EXTENSION);
        }
        return refuse("invalid chunk size");
    }

    private boolean acceptExtension(int b) {
        if (b == '\r') {
            return go(Part.SIZE_LF);
        }
        if (isControl(b)) {
            return refuse("control character in a chunk extension");
        }
        return ++extensionLength <= MAX_EXTENSION_LENGTH || refuse("chunk extension too long");
    }

    private boolean startChunk() {
        lineLength = 0;
        return go(size == 0 ? Part.TRAILER : Part.DATA);
    }

    private boolean startSize() {
        digits = 0;
        return go(Part.SIZE);
    }

    private boolean acceptTrailer(int b) {
        if (++trailerLength > MAX_TRAILER_LENGTH) {
            return refuse("trailers too long");
        }
        if (b == '\r') {
            return go(Part.TRAILER_LF);
        }
        if (isControl(b)) {
            return refuse("control character in the trailers");
        }
        lineLength++;
        return true;
    }

    private boolean endTrailerLine() {
        boolean empty = lineLength == 0;
        lineLength = 0;
        return go(empty ? Part.OVER : Part.TRAILER);
    }

    private static boolean isControl(int b) {
        return (b < ' ' && b != '\t') || b == 0x7F;
    }

    private boolean go(Part next) {
        part = next;
        return true;
    }

    private boolean refuse(String why) {
        fault = why;
        return false;
    }
}
