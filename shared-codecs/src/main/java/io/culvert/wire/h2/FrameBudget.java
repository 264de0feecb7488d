package io.culvert.wire.h2;

import io.netty.buffer.ByteBuf;
import java.util.function.LongSupplier;

/**
 * Counts the frames of an HTTP/2 connection that cost their receiver work and bring no payload: RST_STREAM, SETTINGS, PING,
 * WINDOW_UPDATE, PRIORITY, CONTINUATION, HEADERS, unknown ones, and DATA that is all but empty. Each takes a token; tokens come
 * with time, and with the bytes that are sent, for which their receiver returns WINDOW_UPDATEs: as a client the Go implementation
 * one for each 4 KiB, as a server two for each read, and V2Ray reads into buffers of 2 KiB. A peer without tokens floods
 * (reliability section 2c.17).
 *
 * <p>It looks at frame heads only and takes nothing out of the buffers; what is wrong with a frame is not its business.
 */
public final class FrameBudget {
    /** Tokens at the start, and the most that are ever there, on a connection of clients. */
    public static final int BURST = 20_000;
    /** Tokens that come each second on a connection of clients. */
    public static final int PER_SECOND = 10_000;
    /** A token comes with this many bytes sent: twice what V2Ray needs, as not every buffer of its is full. */
    public static final int BYTES_PER_TOKEN = 512;
    /** DATA with fewer bytes than this costs a token. */
    public static final int SMALL_DATA = 32;
    /** The length of what a client sends before its first frame (RFC 9113 section 3.4). */
    public static final int PREFACE_LENGTH = 24;

    private static final int HEAD_LENGTH = 9;
    private static final int LENGTH_BYTES = 3;
    private static final int TYPE_DATA = 0;
    private static final long NANOS = 1_000_000_000L;

    private final LongSupplier nanoTime;
    private final int burst;
    private final int perSecond;
    private int tokens;
    private long refilled;
    private int sentBytes;
    private int skip;
    private int headBytes;
    private int length;

    /**
     * @param skip bytes before the first frame: {@link #PREFACE_LENGTH} on a server, 0 on a client
     * @param nanoTime the clock, in nanoseconds
     */
    public FrameBudget(int skip, LongSupplier nanoTime) {
        this(skip, BURST, PER_SECOND, nanoTime);
    }

    /**
     * A budget of another size.
     *
     * @param skip as above
     * @param burst tokens at the start, and the most that are ever there
     * @param perSecond tokens that come each second
     * @param nanoTime as above
     */
    public FrameBudget(int skip, int burst, int perSecond, LongSupplier nanoTime) {
        this.burst = burst;
        this.perSecond = perSecond;
        this.tokens = burst;
        this.skip = skip;
        this.nanoTime = nanoTime;
        this.refilled = nanoTime.getAsLong();
    }

    /**
     * Counts what was received.
     *
     * @param in the next bytes of the connection; not changed
     * @return false when the peer floods
     */
    public boolean received(ByteBuf in) {
        int at = in.readerIndex();
        int end = in.writerIndex();
        while (at < end) {
            if (skip > 0) {
                int step = Math.min(skip, end - at);
                skip -= step;
                at += step;
                continue;
            }
            int octet = in.getUnsignedByte(at++);
            if (headBytes < LENGTH_BYTES) {
                length = (length << 8) | octet;
            } else if (headBytes == LENGTH_BYTES && !frame(octet)) {
                return false;
            }
            headBytes++;
            if (headBytes == HEAD_LENGTH) {
                skip = length;
                headBytes = 0;
                length = 0;
            }
        }
        return true;
    }

    private boolean frame(int type) {
        return (type == TYPE_DATA && length >= SMALL_DATA) || spend();
    }

    /**
     * Takes a token for a frame that turned out to cost work for nothing.
     *
     * @return false when the peer floods
     */
    public boolean spend() {
        if (tokens == 0) {
            refill();
        }
        if (tokens == 0) {
            return false;
        }
        tokens--;
        return true;
    }

    private void refill() {
        long now = nanoTime.getAsLong();
        long earned = Math.min(now - refilled, 2 * NANOS) * perSecond / NANOS;
        if (earned > 0) {
            tokens = (int) Math.min(burst, tokens + earned);
            refilled = now;
        }
    }

    /** Counts what was sent, in bytes. */
    public void sent(int bytes) {
        sentBytes += bytes;
        tokens = Math.min(burst, tokens + sentBytes / BYTES_PER_TOKEN);
        sentBytes %= BYTES_PER_TOKEN;
    }
}
