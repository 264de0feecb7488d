package io.culvert.wire.grpc;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bytes out of gRPC messages of {@code Hunk{bytes data = 1}} or {@code MultiHunk{repeated bytes data = 1}}, which look
 * alike on the wire: a flag (0: not compressed), four bytes of length, then fields. Borders of messages mean nothing. Nothing
 * is collected: payload is passed on as it comes, as slices of what was fed. Other fields are skipped.
 */
public final class TunnelDecoder {
    /** A longer message is refused, as gRPC's own receivers do. */
    public static final int MAX_MESSAGE = 4 * 1024 * 1024;

    private static final int LENGTH_BYTES = 4;
    private static final int DATA_TAG = (1 << 3) | 2;
    private static final int MAX_VARINT_BYTES = 10;
    private static final int WIRE_VARINT = 0;
    private static final int WIRE_64_BIT = 1;
    private static final int WIRE_LENGTH = 2;
    private static final int WIRE_32_BIT = 5;

    private enum State {
        FLAG,
        LENGTH,
        TAG,
        FIELD_LENGTH,
        VARINT,
        DATA,
        SKIP,
        MALFORMED
    }

    private State state = State.FLAG;
    /** Bytes of the message that are still to come. */
    private long message;
    /** Bytes of the field that are still to come. */
    private long field;

    private int count;
    private long number;
    private boolean data;

    /**
     * Takes bytes of the stream up to the next piece of payload.
     *
     * @param in what is received; its reader index moves
     * @return a retained slice of {@code in} that the caller releases, or null when {@code in} is used up or the stream is
     *     {@link #malformed}
     */
    public @Nullable ByteBuf next(ByteBuf in) {
        while (in.isReadable() && state != State.MALFORMED) {
            switch (state) {
                case FLAG -> {
                    if (in.readByte() == 0) {
                        expect(State.LENGTH);
                    } else {
                        state = State.MALFORMED;
                    }
                }
                case LENGTH -> {
                    number = (number << 8) | in.readUnsignedByte();
                    count++;
                    if (count == LENGTH_BYTES) {
                        message = number;
                        expect(message == 0 ? State.FLAG : message > MAX_MESSAGE ? State.MALFORMED : State.TAG);
                    }
                }
                case TAG -> {
                    if (varint(in)) {
                        tag();
                    }
                }
                case FIELD_LENGTH -> {
                    if (varint(in)) {
                        length();
                    }
                }
                case VARINT -> {
                    if (varint(in)) {
                        expect(message == 0 ? State.FLAG : State.TAG);
                    }
                }
                case DATA -> {
                    return in.readRetainedSlice(take(in));
                }
                case SKIP -> in.skipBytes(take(in));
                case MALFORMED -> {}
            }
        }
        return null;
    }

    /** Whether the stream can never become right again: compressed, too long a message, no protocol buffer. */
    public boolean malformed() {
        return state == State.MALFORMED;
    }

    /** Whether the stream may end here. */
    public boolean atBoundary() {
        return state == State.FLAG;
    }

    private void expect(State next) {
        state = next;
        count = 0;
        number = 0;
    }

    /** One byte more of a number; whether that was its last. */
    private boolean varint(ByteBuf in) {
        if (message == 0 || count == MAX_VARINT_BYTES) {
            state = State.MALFORMED;
            return false;
        }
        int octet = in.readUnsignedByte();
        number |= (long) (octet & 0x7f) << (7 * count);
        count++;
        message--;
        return octet < 0x80;
    }

    private void tag() {
        long tag = number;
        data = tag == DATA_TAG;
        if (tag >>> 3 == 0) {
            state = State.MALFORMED;
            return;
        }
        switch ((int) (tag & 7)) {
            case WIRE_VARINT -> expect(State.VARINT);
            case WIRE_LENGTH -> expect(State.FIELD_LENGTH);
            case WIRE_64_BIT -> skip(Long.BYTES);
            case WIRE_32_BIT -> skip(Integer.BYTES);
            default -> state = State.MALFORMED;
        }
    }

    private void length() {
        if (number < 0 || number > message) {
            state = State.MALFORMED;
        } else if (number == 0) {
            expect(message == 0 ? State.FLAG : State.TAG);
        } else {
            field = number;
            expect(data ? State.DATA : State.SKIP);
        }
    }

    private void skip(int bytes) {
        if (bytes > message) {
            state = State.MALFORMED;
        } else {
            field = bytes;
            expect(State.SKIP);
        }
    }

    private int take(ByteBuf in) {
        int taken = (int) Math.min(field, in.readableBytes());
        field -= taken;
        message -= taken;
        if (field == 0) {
            expect(message == 0 ? State.FLAG : State.TAG);
        }
        return taken;
    }
}
