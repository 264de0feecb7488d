package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.transport.ServerTransport;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.tls.TlsServer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An inbound's port under a transport with a socket of its own kind, which makes streams of packets: mKCP. */
final class PacketListener {
    private final Ingress ingress;
    private final InboundConfig inbound;
    private final InboundProtocol protocol;
    private final long handshakeMillis;
    private final ClientFilter filter;
    private final ServerTransport transport;
    private final @Nullable TlsServer tls;

    PacketListener(
            Ingress ingress,
            InboundConfig inbound,
            InboundProtocol protocol,
            long handshakeMillis,
            ServerTransport transport,
            @Nullable TlsServer tls) {
        this.ingress = ingress;
        this.inbound = inbound;
        this.protocol = protocol;
        this.handshakeMillis = handshakeMillis;
        this.filter = ClientFilter.of(inbound);
        this.transport = transport;
        this.tls = tls;
    }

    Future<InetSocketAddress> listen(EventLoop loop, int port) {
        return future(
                transport.listen(loop, new InetSocketAddress(ClientFilter.listenAddress(inbound), port), this::accept));
    }

    private void accept(Channel stream) {
        if (!ingress.mayAccept() || !filter.serves(ClientAddress.of(stream).getAddress())) {
            Channels.abort(stream);
            return;
        }
        if (tls != null) {
            tls.install(stream);
        }
        ClientConnection.begin(ingress, inbound.tag(), stream, protocol, handshakeMillis);
    }

    /** Takes no new streams; those that are open stay until the limit. */
    Future<Void> shutdown(Duration limit) {
        return future(transport.shutdown(limit));
    }

    private static <T> Future<T> future(io.netty.util.concurrent.Future<T> of) {
        Promise<T> result = Promise.promise();
        of.addListener((io.netty.util.concurrent.Future<T> done) -> {
            if (done.isSuccess()) {
                result.complete(done.getNow());
            } else {
                result.fail(done.cause());
            }
        });
        return result.future();
    }
}
