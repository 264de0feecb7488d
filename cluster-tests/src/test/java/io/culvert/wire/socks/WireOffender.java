package io.culvert.wire.socks;

import io.culvert.wire.vless.OtherWireOffender;
import io.netty.channel.Channel;
import java.time.Instant;

/** Breaks the rules about codecs: it knows a channel, a thread, another protocol, and looks at the clock. */
public record WireOffender(Channel channel, Thread thread, OtherWireOffender other) {
    /** The time. */
    public Instant time() {
        return Instant.now();
    }
}
