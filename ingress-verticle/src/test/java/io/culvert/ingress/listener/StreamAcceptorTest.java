package io.culvert.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.KnownRouters;
import io.culvert.bus.RouterClient;
import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.PortRange;
import io.culvert.config.Position;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.ingress.protocol.InboundProtocols;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.ingress.session.SessionLog;
import io.culvert.model.CloseCause;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.testkit.TestCertificate;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a connection may take until it has made a request. V2Ray 4.34 was measured. */
class StreamAcceptorTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.of("in.test");
    private static final int LONG_SECONDS = 60;
    private static final int SHORT_SECONDS = 2;
    private static final int HEAD_SECONDS = 4;

    private final Vertx vertx = Vertx.vertx();
    private final Ingress ingress = new Ingress(
            "n1",
            new RouterClient(vertx, "n1", KnownRouters.of("n1"), new Random(1)),
            of -> {
                throw new IllegalStateException("asked for the egress of " + of);
            },
            false,
            SessionLog.NONE,
            IngressLimits.of(20_000, 512L << 20),
            SeenMemory.none(),
            () -> 0,
            new Random(1));
    private final EmbeddedChannel socket = new EmbeddedChannel();

    StreamAcceptorTest() {
        socket.freezeTime();
        socket.pipeline().addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
    }

    @AfterEach
    void close() throws Exception {
        socket.finishAndReleaseAll();
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    private static TransportSettings transport(String name) {
        return switch (name) {
            case "ws" -> new TransportSettings.WebSocket("/p", Map.of(), 0, "", true);
            case "httpupgrade" -> new TransportSettings.HttpUpgrade("/p", "", Map.of(), 0, "", true);
            case "h2" -> new TransportSettings.Http2(List.of(), "/p", "PUT", Map.of(), true);
            case "grpc" -> new TransportSettings.Grpc("tun", false, "");
            default -> new TransportSettings.Raw();
        };
    }

    private void accept(String transport, boolean tls, int handshakeSeconds) throws Exception {
        SecuritySettings security = tls
                ? new SecuritySettings.Tls(null, List.of(), false, false, false, List.of(CERTIFICATE.served()))
                : new SecuritySettings.None();
        InboundConfig inbound = new InboundConfig(
                "in",
                "127.0.0.1",
                new PortRange(1, 1),
                new InboundSettings.Vless(
                        List.of(new InboundSettings.VlessUser(
                                UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811"), 0, "")),
                        false),
                new StreamConfig(transport(transport), security, StreamConfig.SockoptConfig.DEFAULT),
                InboundConfig.SniffingConfig.OFF,
                0,
                Position.NONE);
        StreamAcceptor acceptor = Served.of(
                        ingress,
                        inbound,
                        InboundProtocols.of(inbound, 1, ingress.seen()),
                        TimeUnit.SECONDS.toMillis(handshakeSeconds))
                .acceptor();
        assertThat(acceptor).isNotNull();
        acceptor.accept(socket);
    }

    private void send(String text) {
        socket.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    private void pass(int seconds) {
        socket.advanceTimeBy(seconds, TimeUnit.SECONDS);
        socket.runPendingTasks();
    }

    private void expectExpiry(int seconds) {
        pass(seconds - 1);
        assertThat(socket.isOpen()).isTrue();
        pass(1);
        assertThat(socket.isOpen()).isFalse();
        assertThat(ingress.registry().ended(CloseCause.HANDSHAKE_TIMEOUT)).isOne();
        assertThat(ingress.halfOpen().now()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"ws, GET /p", "httpupgrade, GET /p", "h2, PRI", "h2, GET /p"})
    void aHeadHasFourSecondsWhateverThePolicySays(String transport, String begun) throws Exception {
        accept(transport, false, SHORT_SECONDS);
        send(begun);
        expectExpiry(HEAD_SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws", "httpupgrade", "h2"})
    void soHasTheTlsHandshakeBeforeIt(String transport) throws Exception {
        accept(transport, true, LONG_SECONDS);
        send("\u0016\u0003\u0001");
        expectExpiry(HEAD_SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws", "httpupgrade", "h2"})
    void theHeadsTimeBeginsWhenTheTlsHandshakeIsDone(String transport) throws Exception {
        accept(transport, true, LONG_SECONDS);
        pass(HEAD_SECONDS - 1);
        shakeHands();
        expectExpiry(HEAD_SECONDS);
    }

    private void shakeHands() throws Exception {
        SslHandler tls = SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .build()
                .newHandler(socket.alloc());
        EmbeddedChannel client = new EmbeddedChannel(tls);
        try {
            boolean moved = true;
            while (moved) {
                Object up = client.readOutbound();
                if (up != null) {
                    socket.writeInbound(up);
                }
                Object down = socket.readOutbound();
                if (down != null) {
                    client.writeInbound(down);
                }
                moved = up != null || down != null;
            }
            assertThat(tls.handshakeFuture().isSuccess()).isTrue();
        } finally {
            client.pipeline().remove(tls);
            client.finishAndReleaseAll();
        }
    }

    @Test
    void theNextRequestAfterARefusalHasItsOwnTime() throws Exception {
        accept("ws", false, LONG_SECONDS);
        pass(HEAD_SECONDS - 1);
        send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
        expectExpiry(HEAD_SECONDS);
    }

    @Test
    void behindTheHeadTheProtocolHasThePolicysTime() throws Exception {
        accept("ws", false, 10);
        pass(HEAD_SECONDS - 1);
        send("""
                GET /p HTTP/1.1\r
                Host: a\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \r
                """);
        pass(9);
        assertThat(socket.isOpen()).isTrue();
        pass(2); // the policy's time is drawn out by a tenth at most
        assertThat(socket.isOpen()).isFalse();
    }

    /** TLS in front of a protocol itself has the time of its handshake, and so has gRPC, which V2Ray serves in another way. */
    @ParameterizedTest
    @CsvSource({"tcp, true", "tcp, false", "grpc, true", "grpc, false"})
    void otherwiseThePolicysTimeCoversAll(String transport, boolean tls) throws Exception {
        accept(transport, tls, 10);
        pass(9);
        assertThat(socket.isOpen()).isTrue();
        pass(2);
        assertThat(socket.isOpen()).isFalse();
        assertThat(ingress.registry().ended(CloseCause.HANDSHAKE_TIMEOUT)).isOne();
    }
}
