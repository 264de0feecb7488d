package io.culvert.egress.outbound;

import io.culvert.config.Account;
import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.ProxyServer;
import io.culvert.egress.dial.Retry;
import io.culvert.egress.dial.StreamDialer;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.wire.Decoded;
import io.culvert.wire.http.HttpConnectClient;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import org.jspecify.annotations.Nullable;

/** The client side of an HTTP proxy: CONNECT over HTTP/1.1 (wire-formats section 12.2). */
final class HttpOutbound implements Outbound {
    private final Servers<ProxyServer> servers;
    private final StreamDialer dialer;

    HttpOutbound(OutboundSettings.Http settings, StreamDialer dialer) {
        this.servers = new Servers<>(settings.servers(), server -> Servers.name(server.address(), server.port()));
        this.dialer = dialer;
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        if (order.target().network() == Network.UDP) {
            return loop.newFailedFuture(
                    new SessionFailure(CloseCause.UNSUPPORTED, "UDP is not supported by HTTP outbound"));
        }
        return servers.open(order, loop, Retry.STEP_MILLIS, server -> attempt(server, order.target(), loop));
    }

    private Future<Channel> attempt(ProxyServer server, Destination target, EventLoop loop) {
        Promise<Channel> ready = loop.newPromise();
        dialer.connect(server.address(), server.port(), loop).addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                ready.tryFailure(dialled.cause());
                return;
            }
            Channel channel = dialled.getNow();
            Account account = account(server);
            if (account != null) {
                Channels.opensAtLevel(channel, account.level());
            }
            Promise<HttpConnectClient.Answer> answered = loop.newPromise();
            answered.addListener((Future<HttpConnectClient.Answer> answer) -> {
                if (answer.isSuccess() && answer.getNow().accepted()) {
                    ready.trySuccess(channel);
                } else {
                    channel.close();
                    ready.tryFailure(answer.isSuccess() ? refused(answer.getNow()) : answer.cause());
                }
            });
            Channels.addProtocol(channel, "http-connect", new Negotiation(target, credentials(account), answered));
        });
        return ready;
    }

    private static SessionFailure refused(HttpConnectClient.Answer answer) {
        return SessionFailure.refusal(
                CloseCause.UPSTREAM_HANDSHAKE_FAILED, "Proxy responded with non 200 code: " + answer.text());
    }

    private static @Nullable Account account(ProxyServer server) {
        return server.users().isEmpty() ? null : Servers.anyOf(server.users());
    }

    private static HttpConnectClient.@Nullable Credentials credentials(@Nullable Account account) {
        return account == null ? null : new HttpConnectClient.Credentials(account.user(), account.pass());
    }

    private static final class Negotiation extends UpstreamHandshake<HttpConnectClient.Answer> {
        private final HttpConnectClient client = new HttpConnectClient();
        private final Destination target;
        private final HttpConnectClient.@Nullable Credentials credentials;

        Negotiation(
                Destination target,
                HttpConnectClient.@Nullable Credentials credentials,
                Promise<HttpConnectClient.Answer> done) {
            super(done);
            this.target = target;
            this.credentials = credentials;
        }

        @Override
        protected void start(ByteBuf out) {
            HttpConnectClient.writeRequest(out, target, credentials);
        }

        @Override
        protected Decoded<HttpConnectClient.Answer> receive(ByteBuf in, ByteBuf out) {
            return client.read(in);
        }
    }
}
