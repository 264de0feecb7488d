package io.culvert.transport.channel;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

/**
 * Where a transport waits to hear that a peer is who it seems: over UDP the source of a packet is anybody's claim. A transport that
 * can say it itself, by an answer to something it sent, does not wait.
 */
public final class PeerProof {
    private static final AttributeKey<Runnable> KEY = AttributeKey.valueOf(PeerProof.class, "proof");

    private PeerProof() {}

    /** Says who wants to hear of it. */
    public static void await(Channel channel, Runnable whenGiven) {
        channel.attr(KEY).set(whenGiven);
    }

    /** The protocol on a channel has authenticated its peer. Called on the channel's event loop, once or more. */
    public static void given(Channel channel) {
        for (Channel at = channel; at != null; at = at.parent()) {
            Runnable waiting = at.hasAttr(KEY) ? at.attr(KEY).getAndSet(null) : null;
            if (waiting != null) {
                waiting.run();
            }
        }
    }
}
