package io.culvert.transport.channel;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

/**
 * Who holds the reading of a channel: it reads while nobody does. Owned by the channel's event loop.
 *
 * <p>Several handlers may want a channel to pause for reasons of their own (a full queue behind the relay, gathering small
 * segments, a handshake that waits). If each switched {@code autoRead}, one would undo what another needs.
 */
public final class ReadGate {
    /** The other side of the relay is full. */
    public static final int BACK_PRESSURE = 1;
    /** Small segments are being gathered. */
    public static final int GATHERING = 2;
    /** The session is being routed and dialled. */
    public static final int OPENING = 4;
    /** A channel inside this one has enough. */
    public static final int CHILD = 8;
    /** What has been sent is being judged elsewhere. */
    public static final int JUDGING = 16;

    private static final AttributeKey<ReadGate> KEY = AttributeKey.valueOf(ReadGate.class, "gate");

    private final Channel channel;
    private int held;

    private ReadGate(Channel channel) {
        this.channel = channel;
    }

    /** The gate of a channel; the first call makes it, with {@link #OPENING} held where {@code autoRead} is off. */
    public static ReadGate of(Channel channel) {
        var attribute = channel.attr(KEY);
        ReadGate gate = attribute.get();
        if (gate == null) {
            gate = new ReadGate(channel);
            if (!channel.config().isAutoRead()) {
                gate.held = OPENING;
            }
            attribute.set(gate);
        }
        return gate;
    }

    /** Stops reading for a reason. */
    public void hold(int reason) {
        assert channel.eventLoop().inEventLoop();
        if (held == 0 && channel.isOpen()) {
            channel.config().setAutoRead(false);
        }
        held |= reason;
    }

    /** Takes a reason back; reading goes on when it was the last. */
    public void release(int reason) {
        assert channel.eventLoop().inEventLoop();
        if ((held & reason) == 0) {
            return;
        }
        held &= ~reason;
        // A channel that is being closed has left its loop's selector, and would answer with an exception.
        if (held == 0 && channel.isActive()) {
            channel.config().setAutoRead(true);
        }
    }

    public boolean isHeld(int reason) {
        return (held & reason) != 0;
    }
}
