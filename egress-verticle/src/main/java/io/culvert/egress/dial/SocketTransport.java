package io.culvert.egress.dial;

import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.model.Address;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.tls.TlsClient;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** A TCP socket and the TLS on it. The operator wrote the server's address, so the guard does not judge it. */
final class SocketTransport implements ClientTransport {
    private final Dialer dialer;
    private final @Nullable InetAddress sendThrough;
    private final @Nullable TlsClient tls;

    SocketTransport(Dialer dialer, @Nullable InetAddress sendThrough, @Nullable TlsClient tls) {
        this.dialer = dialer;
        this.sendThrough = sendThrough;
        this.tls = tls;
    }

    @Override
    public Future<Channel> open(Address server, int port, EventLoop loop) {
        Future<Channel> connected =
                dialer.connect(new Dialer.Target(server, port, DomainStrategy.AS_IS, false, sendThrough), loop);
        return secure(connected, tls, server, port, loop);
    }

    /** Lays TLS, where there is some, on a channel that is being connected. */
    static Future<Channel> secure(
            Future<Channel> connected, @Nullable TlsClient tls, Address server, int port, EventLoop loop) {
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
