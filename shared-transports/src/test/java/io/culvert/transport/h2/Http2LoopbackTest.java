package io.culvert.transport.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.TransportSettings.Grpc;
import io.culvert.config.TransportSettings.Http2;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.LimitRefusals;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.grpc.GrpcRequest;
import io.culvert.transport.grpc.GrpcService;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Kept;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestLoop;
import io.culvert.wire.h2.FrameBudget;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server and a client of our own on clear sockets of one event loop, and bare bytes against the server. */
class Http2LoopbackTest {
    private static final Http2 SETTINGS = new Http2(List.of("a.test"), "/p", "PUT", Map.of(), true);
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SETTINGS_FRAME = HexFormat.of().parseHex("000000040000000000");

    private record Stream(Channel channel, Kept kept) {
        void write(Object message) {
            channel.writeAndFlush(message);
        }

        void write(String text) {
            write(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
        }
    }

    private final TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
    private final List<Stream> accepted = new CopyOnWriteArrayList<>();
    private final List<Channel> sockets = new CopyOnWriteArrayList<>();
    private @Nullable Channel listener;
    private int dialled;

    @BeforeEach
    void listen() throws Exception {
        listen(new Http2Service(SETTINGS));
    }

    private void listen(StreamService service) throws Exception {
        listen(new Http2ServerLayer(service, true));
    }

    private void listen(Http2ServerLayer layer) throws Exception {
        listener = loop.listen(socket -> {
            sockets.add(socket);
            layer.accept(socket, stream -> accepted.add(tap(stream)));
        });
    }

    @AfterEach
    void stop() throws Exception {
        sockets.forEach(Channel::close);
        loop.close();
    }

    private static Stream tap(Channel stream) {
        Kept kept = new Kept();
        stream.pipeline().addLast(kept);
        EarlyBytesHandler.openIn(stream);
        return new Stream(stream, kept);
    }

    private InetSocketAddress address() {
        if (listener == null) {
            throw new IllegalStateException("not listening");
        }
        return (InetSocketAddress) listener.localAddress();
    }

    private Future<Channel> dial(int port) {
        dialled++;
        Promise<Channel> done = loop.loop().newPromise();
        Sockets.connect(
                        loop.loop(),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        null,
                        SocketOptions.NONE)
                .addListener((io.netty.channel.ChannelFuture connected) -> {
                    if (connected.isSuccess()) {
                        done.setSuccess(connected.channel());
                    } else {
                        done.setFailure(connected.cause());
                    }
                });
        return done;
    }

    private Http2ClientTransport client(Http2 settings) {
        return new Http2ClientTransport(
                (server, port, on) -> dial(port), new Http2Request(settings, () -> new Random(1)));
    }

    private Stream open(Http2ClientTransport client) throws Exception {
        Channel stream = client.open(
                        new Address.Ip(InetAddress.getLoopbackAddress()),
                        address().getPort(),
                        loop.loop())
                .get(30, TimeUnit.SECONDS);
        return loop.call(() -> {
            Stream tapped = tap(stream);
            ReadGate.of(stream).release(ReadGate.OPENING);
            return tapped;
        });
    }

    private Stream accepted(int number) {
        Await.until("stream " + number, () -> accepted.size() > number);
        return accepted.get(number);
    }

    @Test
    void each_direction_ends_by_itself_and_the_connection_stays() throws Exception {
        Http2ClientTransport client = client(SETTINGS);
        Stream near = open(client);
        near.write("question");
        near.write(StreamEnd.OUTPUT);
        Stream far = accepted(0);
        Await.until("the end of the question", () -> far.kept.ended());
        assertThat(far.kept.text()).isEqualTo("question");
        assertThat(near.kept.ended()).isFalse();
        far.write("answer");
        far.write(StreamEnd.OUTPUT);
        Await.until("the end of the answer", () -> near.kept.ended() && near.kept.gone() && far.kept.gone());
        assertThat(near.kept.text()).isEqualTo("answer");
        open(client);
        assertThat(dialled).as("connections").isEqualTo(1);
    }

    @Test
    void a_server_that_closes_is_heard_to_its_end_and_what_it_does_not_want_is_dropped() throws Exception {
        Stream near = open(client(SETTINGS));
        Stream far = accepted(0);
        far.write("all");
        far.channel.close();
        Await.until("the end", () -> near.kept.ended());
        assertThat(near.kept.text()).isEqualTo("all");
        near.write("nobody reads this");
        loop.settle();
        assertThat(near.kept.gone()).as("half-closed, not broken").isFalse();
    }

    @Test
    void a_client_that_closes_has_ended_its_stream() throws Exception {
        Stream near = open(client(SETTINGS));
        near.write("all");
        Stream far = accepted(0);
        Await.until("the bytes", () -> far.kept.size() == 3);
        near.channel.close();
        Await.until("the end", () -> far.kept.ended() && far.kept.gone());
    }

    @Test
    void a_connection_that_breaks_is_no_end() throws Exception {
        Stream near = open(client(SETTINGS));
        Stream far = accepted(0);
        sockets.forEach(Channels::abort);
        Await.until("gone", () -> far.kept.gone() && near.kept.gone());
        assertThat(near.kept.ended() || far.kept.ended()).isFalse();
    }

    @Test
    void a_reader_that_stops_stalls_its_own_stream_only() throws Exception {
        Http2ClientTransport client = client(SETTINGS);
        Stream stalled = open(client);
        Stream lively = open(client);
        Stream deaf = accepted(0);
        Stream reader = accepted(1);
        loop.call(() -> deaf.channel.config().setAutoRead(false));
        int offered = 8 * 1024 * 1024;
        stalled.write(Unpooled.wrappedBuffer(new byte[offered]));
        lively.write(Unpooled.wrappedBuffer(new byte[offered]));
        Await.until("the lively stream is through", () -> reader.kept.size() == offered);
        assertThat(stalled.channel.isWritable()).isFalse();
        assertThat(deaf.kept.size()).isLessThan(Http2Limits.FIRST_STREAM_WINDOW);
        loop.call(() -> deaf.channel.config().setAutoRead(true));
        Await.until("the stalled stream is through", () -> deaf.kept.size() == offered);
        assertThat(dialled).as("connections").isEqualTo(1);
    }

    @Test
    void a_connection_that_is_gone_is_dialled_anew() throws Exception {
        Http2ClientTransport client = client(SETTINGS);
        Stream first = open(client);
        sockets.forEach(Channel::close);
        Await.until("gone", () -> first.kept.gone());
        open(client);
        assertThat(dialled).isEqualTo(2);
    }

    @Test
    void streams_beyond_what_a_server_takes_go_on_a_second_connection() throws Exception {
        Http2ClientTransport client = client(SETTINGS);
        for (int i = 0; i <= Http2Limits.MAX_STREAMS; i++) {
            open(client);
        }
        assertThat(dialled).isEqualTo(2);
    }

    @Test
    void a_server_that_refuses_fails_the_dial() {
        Http2ClientTransport client = client(new Http2(List.of("b.test"), "/p", "PUT", Map.of(), true));
        assertThatThrownBy(() -> open(client))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        SessionFailure.class,
                        failure -> assertThat(failure.closeCause()).isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED))
                .hasMessageContaining("404");
    }

    @Test
    void the_first_forwarded_address_is_the_clients_unless_it_is_this_host() throws Exception {
        open(client(new Http2(List.of("a.test"), "/p", "PUT", Map.of("X-Forwarded-For", "192.0.2.1, 10.0.0.1"), true)));
        open(client(new Http2(List.of("a.test"), "/p", "PUT", Map.of("X-Forwarded-For", "127.0.0.1"), true)));
        assertThat(ClientAddress.of(accepted(0).channel)).isEqualTo(new InetSocketAddress("192.0.2.1", 0));
        assertThat(ClientAddress.of(accepted(1).channel).getPort()).isPositive();
    }

    @Test
    void grpc_carries_bytes_both_ways_and_ends_with_trailers() throws Exception {
        listen(new GrpcService(new Grpc("svc", false, "")));
        Http2ClientTransport client = new Http2ClientTransport(
                (server, port, on) -> dial(port), new GrpcRequest(new Grpc("svc", true, ""), "a.test", false));
        Stream near = open(client);
        near.write(Unpooled.wrappedBuffer(new byte[300_000]));
        near.write(StreamEnd.OUTPUT);
        Stream far = accepted(0);
        Await.until("the question", () -> far.kept.size() == 300_000 && far.kept.ended());
        far.write("answer");
        far.write(StreamEnd.OUTPUT);
        Await.until("the answer", () -> near.kept.ended());
        assertThat(near.kept.text()).isEqualTo("answer");
    }

    private Http2ClientTransport grpcClient(String service) {
        return new Http2ClientTransport(
                (server, port, on) -> dial(port), new GrpcRequest(new Grpc(service, false, ""), "a.test", false));
    }

    /** Its server would have said nothing before its first message. */
    @Test
    void a_grpc_service_that_is_not_there_fails_the_dial() throws Exception {
        listen(new GrpcService(new Grpc("svc", false, "")));
        Http2ClientTransport client = grpcClient("other");
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> open(client)).cause().hasMessage("HTTP/2: status 404");
        }
    }

    /** The clock of the budget stands still: a machine that reads slowly would earn the flood its leave. */
    @Test
    void a_flood_of_frames_without_payload_ends_the_connection() throws Exception {
        listen(new Http2ServerLayer(new Http2Service(SETTINGS), true, () -> 0));
        byte[] frame = HexFormat.of().parseHex("00000408000000000000000001");
        long before = LimitRefusals.sum(LimitRefusals.Limit.HTTP2_FRAMES);
        try (Peer peer = Peer.connect(address(), 0)) {
            peer.send(PREFACE);
            peer.send(SETTINGS_FRAME);
            Thread reader = Thread.ofVirtual().start(peer::readToEnd);
            byte[] many = new byte[frame.length * 2 * FrameBudget.BURST];
            for (int i = 0; i < many.length; i++) {
                many[i] = frame[i % frame.length];
            }
            Await.until("the connection ends", () -> {
                try {
                    peer.send(many);
                    return false;
                } catch (java.io.IOException e) {
                    return true;
                }
            });
            reader.join();
        }
        Await.until("closed", () -> sockets.stream().noneMatch(Channel::isOpen));
        assertThat(LimitRefusals.sum(LimitRefusals.Limit.HTTP2_FRAMES)).isEqualTo(before + 1);
    }

    @Test
    void http_1_is_refused() throws Exception {
        try (Peer peer = Peer.connect(address(), 0)) {
            peer.send("GET /p HTTP/1.1\r\nHost: a.test\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(peer.readToEnd().bytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 404 ");
        }
        try (Peer peer = Peer.connect(address(), 0)) {
            peer.send("garbage\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(peer.readToEnd().bytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.0 400 ".substring(0, 7));
        }
    }

    @Test
    void an_upgrade_makes_its_request_the_first_stream() throws Exception {
        try (Peer peer = Peer.connect(address(), 0)) {
            String request = """
                    GET /p HTTP/1.1\r
                    Host: a.test\r
                    Connection: Upgrade, HTTP2-Settings\r
                    Upgrade: h2c\r
                    HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r
                    \r
                    """;
            peer.send(request.getBytes(StandardCharsets.US_ASCII));
            peer.send(PREFACE);
            peer.send(SETTINGS_FRAME);
            Stream stream = accepted(0);
            Await.until("the request has no body", () -> stream.kept.ended());
            assertThat(new String(peer.read(12), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 101");
        }
    }

    @Test
    void frames_that_are_none_close_the_connection() throws Exception {
        try (Peer peer = Peer.connect(address(), 0)) {
            peer.send(PREFACE);
            peer.send(new byte[1_000]);
            assertThat(peer.readToEnd().bytes()).isNotEmpty();
        }
    }
}
