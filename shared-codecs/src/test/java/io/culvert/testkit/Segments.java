package io.culvert.testkit;

import io.netty.buffer.ByteBuf;
import java.util.Random;
import java.util.function.Predicate;

/** Hands bytes to a decoder the way a socket might: in pieces, into one buffer that the decoder takes from. */
public final class Segments {
    private Segments() {}

    /**
     * Appends the bytes one at a time and offers the buffer after each, until the step is done or the bytes run out;
     * bytes behind the end are appended too, unread.
     */
    public static void oneByOne(byte[] data, ByteBuf in, Predicate<ByteBuf> done) {
        boolean over = false;
        for (byte b : data) {
            in.writeByte(b);
            over = over || done.test(in);
        }
    }

    /** As {@link #oneByOne}, in pieces whose sizes are drawn from a seed. */
    public static void randomly(byte[] data, long seed, ByteBuf in, Predicate<ByteBuf> done) {
        Random random = new Random(seed);
        int longest = 1 + random.nextInt(Math.max(1, data.length));
        boolean over = false;
        for (int at = 0; at < data.length; ) {
            int piece = Math.min(data.length - at, 1 + random.nextInt(longest));
            in.writeBytes(data, at, piece);
            at += piece;
            over = over || done.test(in);
        }
    }
}
