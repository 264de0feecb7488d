package io.culvert.egress.dial;

import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.transport.tls.TlsClient;
import io.culvert.transport.tls.TlsContexts;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Dials the server of a proxy outbound: its transport, and its security on top. The operator wrote the address, so the guard
 * does not judge it.
 */
public final class StreamDialer {
    /** What a TCP client offers where nothing is configured (wire-formats section 14.2). */
    private static final List<String> DEFAULT_ALPN = List.of("h2", "http/1.1");

    private final Dialer dialer;
    private final @Nullable TlsClient tls;
    private final @Nullable InetAddress sendThrough;

    /** @throws TlsConfigException where the TLS settings cannot be used */
    public StreamDialer(StreamConfig stream, @Nullable InetAddress sendThrough, Dialer dialer)
            throws TlsConfigException {
        this.dialer = dialer;
        this.sendThrough = sendThrough;
        this.tls = switch (stream.security()) {
            case SecuritySettings.None _ -> null;
            case SecuritySettings.Tls settings ->
                new TlsClient(
                        TlsContexts.client(settings, DEFAULT_ALPN), settings.serverName(), settings.allowInsecure());
        };
        switch (stream.transport()) {
            case TransportSettings.Raw _ -> {}
            case TransportSettings.Unbuilt(String network) ->
                throw new IllegalArgumentException(
                        "the transport " + network + " is not built and must have been refused before");
        }
    }

    /** One attempt; fails with {@link io.culvert.model.SessionFailure}. The channel's {@code autoRead} is off. */
    public Future<Channel> connect(Address server, int port, EventLoop loop) {
        Future<Channel> connected =
                dialer.connect(new Dialer.Target(server, port, DomainStrategy.AS_IS, false, sendThrough), loop);
        if (tls == null) {
            return connected;
        }
        Promise<Channel> result = loop.newPromise();
        connected.addListener((Future<Channel> dialled) -> {
            if (dialled.isSuccess()) {
                tls.install(dialled.getNow(), server, port).addListener((Future<Channel> secured) -> {
                    if (secured.isSuccess()) {
                        result.trySuccess(secured.getNow());
                    } else {
                        result.tryFailure(secured.cause());
                    }
                });
            } else {
                result.tryFailure(dialled.cause());
            }
        });
        return result;
    }
}
