package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Passes one body on: finds its exact end, takes not one byte beyond it, and writes it in the one form that the next hop
 * is told (reliability section 2c.13). Chunk extensions and trailers are dropped. One instance per body, owned by one
 * thread.
 */
public final class BodyRelay {
    private static final ByteBuf CRLF = shared("\r\n");
    private static final ByteBuf LAST_CHUNK = shared("0\r\n\r\n");

    private final boolean chunkedOut;
    private final boolean untilClose;
    private final ChunkedBody chunks;
    private final boolean chunkedIn;
    private long remaining;
    private State state = State.MORE;

    /** How far a body has come. */
    public enum State {
        /** More of it is to come. */
        MORE,
        /** It has been passed on whole. */
        ENDED,
        /** It can have no end that all readers agree on; the connections are to be closed. */
        FAILED
    }

    /**
     * A body.
     *
     * @param framing how its end is known
     * @param chunkedOut whether it goes on in chunks; otherwise as it is
     */
    BodyRelay(BodyFraming framing, boolean chunkedOut) {
        this.chunkedOut = chunkedOut;
        chunks = new ChunkedBody();
        chunkedIn = framing instanceof BodyFraming.Chunked;
        untilClose = framing instanceof BodyFraming.UntilClose;
        remaining = switch (framing) {
            case BodyFraming.None none -> 0;
            case BodyFraming.Length(long bytes) -> bytes;
            case BodyFraming.Chunked chunked -> 0;
            case BodyFraming.UntilClose close -> Long.MAX_VALUE;
        };
        if (!chunkedIn && remaining == 0) {
            state = State.ENDED;
        }
    }

    private static ByteBuf shared(String text) {
        ByteBuf bytes = Unpooled.directBuffer(text.length());
        HttpSyntax.write(bytes, text);
        return Unpooled.unreleasableBuffer(bytes.asReadOnly());
    }

    /**
     * Passes on what was received, as slices of it.
     *
     * @param in what was received; taken from up to the end of the body at most. It must not be compacted or written to in
     *     place while its reference count says that slices of it are still held
     * @param out is given retained slices
     */
    public State relay(ByteBuf in, BodyOutput out) {
        if (chunkedIn) {
            while (state == State.MORE) {
                switch (chunks.advance(in)) {
                    case NEED_MORE -> {
                        return state;
                    }
                    case DATA -> chunks.taken(pass(in, chunks.remaining(), out));
                    case ENDED -> end(State.ENDED, out);
                    case REFUSED -> state = State.FAILED;
                }
            }
            return state;
        }
        if (state == State.MORE && in.isReadable()) {
            long passed = pass(in, remaining, out);
            if (!untilClose) {
                remaining -= passed;
            }
            if (remaining == 0) {
                end(State.ENDED, out);
            }
        }
        return state;
    }

    /** Learns that no more bytes will come: the end of a body that lasts until then, and a failure of any other. */
    public State inputEnded(BodyOutput out) {
        if (state == State.MORE) {
            end(untilClose ? State.ENDED : State.FAILED, out);
        }
        return state;
    }

    public State state() {
        return state;
    }

    /** What is wrong with a body that failed; for the log. */
    public String fault() {
        return chunks.fault().isEmpty() ? "body cut short" : chunks.fault();
    }

    private void end(State end, BodyOutput out) {
        state = end;
        if (chunkedOut && end == State.ENDED) {
            out.write(LAST_CHUNK.duplicate());
        }
    }

    private int pass(ByteBuf in, long most, BodyOutput out) {
        int length = (int) Math.min(most, in.readableBytes());
        ByteBuf slice = in.readRetainedSlice(length);
        if (!chunkedOut) {
            out.write(slice);
            return length;
        }
        ByteBuf head = in.alloc().buffer(10);
        HttpSyntax.write(head, Integer.toHexString(length));
        out.write(head.writeShort(('\r' << 8) | '\n'));
        out.write(slice);
        out.write(CRLF.duplicate());
        return length;
    }
}
