package io.culvert.egress.dial;

import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.kcp.KcpClient;
import io.culvert.transport.tls.TlsClient;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** An mKCP session and the TLS on it. The operator wrote the server's address, so the guard does not judge it. */
final class KcpTransport implements ClientTransport {
    private final Dialer dialer;
    private final @Nullable InetAddress sendThrough;
    private final KcpClient client;
    private final @Nullable TlsClient tls;

    KcpTransport(
            Dialer dialer, @Nullable InetAddress sendThrough, TransportSettings.Kcp settings, @Nullable TlsClient tls) {
        this.dialer = dialer;
        this.sendThrough = sendThrough;
        this.client = new KcpClient(settings, dialer.options());
        this.tls = tls;
    }

    @Override
    public Future<Channel> open(Address server, int port, EventLoop loop) {
        Promise<Channel> result = loop.newPromise();
        dialer.resolve(new Dialer.Target(server, port, DomainStrategy.AS_IS, false, sendThrough), loop)
                .addListener((Future<InetSocketAddress> resolved) -> {
                    if (resolved.isSuccess()) {
                        open(resolved.getNow(), server, port, loop, result);
                    } else {
                        result.tryFailure(resolved.cause());
                    }
                });
        return result;
    }

    private void open(InetSocketAddress address, Address server, int port, EventLoop loop, Promise<Channel> result) {
        client.open(address, sendThrough, loop).addListener((Future<Channel> opened) -> {
            if (!opened.isSuccess()) {
                result.tryFailure(opened.cause());
            } else if (tls == null) {
                pass(opened, result);
            } else {
                tls.install(opened.getNow(), server, port)
                        .addListener((Future<Channel> secured) -> pass(secured, result));
            }
        });
    }

    private static void pass(Future<Channel> from, Promise<Channel> to) {
        if (!from.isSuccess()) {
            to.tryFailure(from.cause());
        } else if (!to.trySuccess(from.getNow())) {
            from.getNow().close();
        }
    }
}
