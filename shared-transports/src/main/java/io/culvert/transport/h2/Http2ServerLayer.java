package io.culvert.transport.h2;

import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.Channels;
import io.netty.channel.Channel;
import java.util.function.LongSupplier;

/**
 * The server's half of HTTP/2, over TLS and clear: a connection that begins with HTTP/2's preface, or, without TLS, upgrades
 * from HTTP/1.1, carries streams. HTTP/1.1 is answered with 404, whatever ALPN has agreed on.
 */
public final class Http2ServerLayer implements ServerLayer {
    private final StreamService service;
    private final boolean mayUpgrade;
    private final LongSupplier nanoTime;

    /** @param mayUpgrade whether {@code Upgrade: h2c} is taken: not behind TLS */
    public Http2ServerLayer(StreamService service, boolean mayUpgrade) {
        this(service, mayUpgrade, System::nanoTime);
    }

    /** @param nanoTime the clock by which a connection earns leave to send frames without payload, in nanoseconds */
    Http2ServerLayer(StreamService service, boolean mayUpgrade, LongSupplier nanoTime) {
        this.service = service;
        this.mayUpgrade = mayUpgrade;
        this.nanoTime = nanoTime;
    }

    @Override
    public void accept(Channel socket, Accepted next) {
        Channels.addProtocol(
                socket,
                PrefaceHandler.NAME,
                new PrefaceHandler(() -> new Http2RequestHandler(service, next), mayUpgrade, nanoTime));
    }
}
