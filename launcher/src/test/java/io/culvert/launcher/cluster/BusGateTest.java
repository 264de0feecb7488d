package io.culvert.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.BusAddresses;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeBridge;
import io.culvert.bus.NodeStatus;
import io.culvert.testkit.Nodes;
import io.culvert.transport.raw.VertxListeners;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.test.fakecluster.FakeClusterManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a peer of the event bus can have a node keep, on the real bus between two nodes and from a socket that speaks its frames. */
class BusGateTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final List<Vertx> nodes = new ArrayList<>();
    private InetSocketAddress bus = new InetSocketAddress(LOOPBACK, 0);
    private BusGate gate = new BusGate(bus);
    private Vertx guarded;
    private Vertx other;

    @BeforeEach
    void start() throws Exception {
        bus = new InetSocketAddress(LOOPBACK, freePort());
        gate = new BusGate(bus);
        guarded = node(bus.getPort(), gate);
        int port = freePort();
        other = node(port, new BusGate(new InetSocketAddress(LOOPBACK, port)));
    }

    @AfterEach
    void close() throws Exception {
        for (Vertx node : nodes) {
            get(node.close());
        }
        FakeClusterManager.reset();
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, LOOPBACK)) {
            return free.getLocalPort();
        }
    }

    private Vertx node(int port, BusGate of) throws Exception {
        Vertx made = get(Vertx.builder()
                .with(new VertxOptions()
                        .setEventBusOptions(new EventBusOptions()
                                .setHost(LOOPBACK.getHostAddress())
                                .setPort(port)
                                .setClusterPingInterval(100)))
                .withTransport(new VertxListeners(server -> server.handler(of)))
                .withClusterManager(new FakeClusterManager())
                .buildClustered());
        nodes.add(made);
        return made;
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void whatNodesSayToEachOtherPasses() throws Exception {
        get(guarded.eventBus()
                .<Buffer>consumer("long", message -> message.reply(message.body()))
                .completion());
        get(guarded.eventBus()
                .<String>consumer("refuses", message -> message.fail(7, message.body()))
                .completion());
        Buffer longest = Buffer.buffer(new byte[4 * 1024 * 1024]);
        Message<Buffer> answer = get(other.eventBus().request("long", longest));
        assertThat(answer.body().length()).isEqualTo(longest.length());
        ReplyException refusal = get(other.eventBus()
                .request("refuses", "why")
                .transform(done -> Future.succeededFuture((ReplyException) done.cause())));
        assertThat(refusal.failureCode()).isEqualTo(7);
        assertThat(refusal).hasMessage("why");

        BlockingQueue<NodeStatus> heard = new LinkedBlockingQueue<>();
        get(NodeBridge.connect(guarded, "guarded", () -> List.of("other")));
        get(NodeBridge.connect(other, "other", () -> List.of("guarded")));
        get(NodeAnnouncements.listen(guarded, heard::add));
        NodeStatus status = Nodes.egress("other", 1, Set.of("direct"), 0, false, 1);
        get(NodeAnnouncements.announce(other, () -> status));
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo(status);
        assertThat(gate.refusals()).isZero();
        until(() -> gate.heldBytes() == 0);
    }

    /** Frames, with their lengths, that no node sends. */
    static List<byte[]> refused() {
        byte[] head = {2, 9, 0};
        return List.of(
                Buffer.buffer().appendInt(Integer.MAX_VALUE).getBytes(),
                Buffer.buffer().appendInt(BusFrame.MAX_BYTES + 1).getBytes(),
                Buffer.buffer().appendInt(0).getBytes(),
                Buffer.buffer().appendInt(-1).getBytes(),
                frame(Buffer.buffer(new byte[] {3})),
                frame(Buffer.buffer(head)),
                // Two gigabytes for an address, for a text, for a codec's name, for headers.
                frame(Buffer.buffer(head).appendInt(Integer.MAX_VALUE - 64)),
                frame(texts(Buffer.buffer(head)).appendInt(4).appendInt(Integer.MAX_VALUE - 64)),
                frame(Buffer.buffer(new byte[] {2, -1}).appendInt(Integer.MAX_VALUE - 64)),
                frame(texts(Buffer.buffer(head)).appendInt(Integer.MAX_VALUE - 64)),
                frame(texts(Buffer.buffer(head)).appendInt(12).appendInt(1).appendInt(Integer.MAX_VALUE - 64)),
                frame(texts(Buffer.buffer(head)).appendInt(4).appendInt(-1)),
                // Java's own serialisation, and a codec of nobody.
                frame(texts(Buffer.buffer(new byte[] {2, 17, 0})).appendInt(4).appendInt(0)),
                frame(texts(text(Buffer.buffer(new byte[] {2, -1}), "other.codec")
                                .appendByte((byte) 0))
                        .appendInt(4)));
    }

    @ParameterizedTest
    @MethodSource
    void refused(byte[] frame) throws Exception {
        try (Socket peer = new Socket(LOOPBACK, bus.getPort())) {
            peer.getOutputStream().write(frame);
            assertThat(isClosed(peer)).isTrue();
        }
        assertThat(gate.refusals()).isEqualTo(1);
        assertThat(gate.heldBytes()).isZero();
        whatNodesSayToEachOtherStillPasses();
    }

    private void whatNodesSayToEachOtherStillPasses() throws Exception {
        get(guarded.eventBus()
                .<String>consumer(BusAddresses.drain("x"), message -> message.reply(message.body()))
                .completion());
        Message<String> answer = get(other.eventBus().request(BusAddresses.drain("x"), "hello"));
        assertThat(answer.body()).isEqualTo("hello");
    }

    @Test
    void unfinishedFramesOfAllConnectionsAreBoundedTogether() throws Exception {
        byte[] most = new byte[BusFrame.MAX_BYTES];
        List<Socket> peers = new ArrayList<>();
        try {
            for (int i = 0; gate.refusals() == 0; i++) {
                assertThat(i).as("connections").isLessThan(10);
                Socket peer = new Socket(LOOPBACK, bus.getPort());
                peers.add(peer);
                long before = gate.heldBytes();
                try {
                    peer.getOutputStream()
                            .write(Buffer.buffer().appendInt(BusFrame.MAX_BYTES).getBytes());
                    peer.getOutputStream().write(most, 0, most.length - 1);
                } catch (SocketException _) {
                    until(() -> gate.refusals() > 0);
                }
                until(() -> gate.refusals() > 0 || gate.heldBytes() >= before + most.length);
            }
            assertThat(gate.heldBytes()).isLessThanOrEqualTo(BusGate.MAX_HELD);
        } finally {
            for (Socket peer : peers) {
                peer.close();
            }
        }
        until(() -> gate.heldBytes() == 0);
    }

    private static boolean isClosed(Socket peer) throws IOException {
        peer.setSoTimeout(30_000);
        try {
            return peer.getInputStream().read() < 0;
        } catch (SocketException _) {
            return true;
        }
    }

    private static Buffer texts(Buffer head) {
        return text(text(text(head, "address"), ""), "sender");
    }

    private static Buffer text(Buffer to, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return to.appendInt(utf8.length).appendBytes(utf8);
    }

    private static byte[] frame(Buffer content) {
        return Buffer.buffer().appendInt(content.length()).appendBuffer(content).getBytes();
    }

    private static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
