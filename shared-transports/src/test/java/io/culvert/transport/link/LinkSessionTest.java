package io.culvert.transport.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions over a link: what they carry, and how they end. */
class LinkSessionTest {
    private static final int MIB = 1024 * 1024;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private <T> Future<T> start(Callable<T> task) {
        return threads.submit(task);
    }

    private Future<Boolean> send(Peer peer, byte[] bytes) {
        return start(() -> {
            peer.send(bytes);
            peer.finish();
            return true;
        });
    }

    @ParameterizedTest
    @CsvSource({"NIO,true", "EPOLL,true", "NIO,false"})
    void ten_mib_each_way_arrive_whole(TestLoop.Kind kind, boolean tls) throws Exception {
        Assumptions.assumeTrue(kind.isAvailable());
        try (LinkRig rig = new LinkRig(
                        tls ? LinkRig.contexts(LinkRig.FARM, "edge-1") : null,
                        tls ? LinkRig.contexts(LinkRig.FARM, "exit-2") : null,
                        kind);
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            byte[] up = Payload.of(1, 10 * MIB);
            byte[] down = Payload.of(2, 10 * MIB);
            Future<Boolean> sentUp = send(near, up);
            Future<Boolean> sentDown = send(far, down);
            Future<Peer.Ending> gotDown = start(near::readToEnd);
            Peer.Ending gotUp = far.readToEnd();
            assertThat(gotUp.clean() && gotDown.get().clean()).isTrue();
            assertThat(Arrays.equals(gotUp.bytes(), up)).isTrue();
            assertThat(Arrays.equals(gotDown.get().bytes(), down)).isTrue();
            assertThat(sentUp.get() && sentDown.get()).isTrue();
            assertThat(rig.cause()).isEqualTo(CloseCause.COMPLETED);
            Await.until("the egress has forgotten it", () -> rig.server.sessions() == 0);
        }
    }

    @Test
    void a_hundred_sessions_at_once_share_one_connection() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            Future<Boolean> echo = start(() -> {
                for (int i = 0; i < 100; i++) {
                    Peer far = rig.accept();
                    threads.submit(() -> {
                        far.send(far.readToEnd().bytes());
                        far.finish();
                        return true;
                    });
                }
                return true;
            });
            List<Future<Boolean>> clients = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                byte[] bytes = Payload.of(i, 300_000);
                clients.add(start(() -> {
                    try (Peer near = rig.connect()) {
                        near.send(bytes);
                        near.finish();
                        return Arrays.equals(near.readToEnd().bytes(), bytes);
                    }
                }));
            }
            for (Future<Boolean> one : clients) {
                assertThat(one.get()).isTrue();
            }
            assertThat(echo.get()).isTrue();
            assertThat(rig.cable.connections()).isEqualTo(1);
            Await.until("all have ended", () -> rig.ended.size() == 100 && rig.server.sessions() == 0);
            assertThat(rig.ended).containsOnly(CloseCause.COMPLETED);
        }
    }

    @Test
    void each_direction_ends_by_itself() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            near.send("question".getBytes(StandardCharsets.US_ASCII));
            near.finish();
            assertThat(far.readToEnd().bytes()).asString().isEqualTo("question");
            far.send("answer".getBytes(StandardCharsets.US_ASCII));
            far.finish();
            Peer.Ending ending = near.readToEnd();
            assertThat(ending.bytes()).asString().isEqualTo("answer");
            assertThat(ending.clean()).isTrue();
        }
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            far.send("greeting".getBytes(StandardCharsets.US_ASCII));
            far.finish();
            assertThat(near.readToEnd().bytes()).asString().isEqualTo("greeting");
            near.send("thanks".getBytes(StandardCharsets.US_ASCII));
            near.finish();
            Peer.Ending ending = far.readToEnd();
            assertThat(ending.bytes()).asString().isEqualTo("thanks");
            assertThat(ending.clean()).isTrue();
            assertThat(rig.cause()).isEqualTo(CloseCause.COMPLETED);
        }
    }

    @Test
    void a_client_that_resets_resets_the_destination() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            near.send(new byte[1_000]);
            assertThat(far.read(1_000)).hasSize(1_000);
            near.reset();
            assertThat(far.readToEnd().clean()).isFalse();
            assertThat(rig.cause()).isEqualTo(CloseCause.CLIENT_RESET);
            Await.until("the egress has forgotten it", () -> rig.server.sessions() == 0);
        }
    }

    @Test
    void a_destination_that_resets_resets_the_client() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            near.send(new byte[1_000]);
            assertThat(far.read(1_000)).hasSize(1_000);
            far.reset();
            assertThat(near.readToEnd().clean()).isFalse();
            assertThat(rig.cause()).isEqualTo(CloseCause.UPSTREAM_RESET);
        }
    }

    @Test
    void an_egress_that_ends_a_session_says_why() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            near.send(new byte[1_000]);
            assertThat(far.read(1_000)).hasSize(1_000);
            rig.server.close(CloseCause.USER_REMOVED);
            assertThat(near.readToEnd().clean()).isFalse();
            assertThat(far.readToEnd().clean()).isFalse();
            assertThat(rig.cause()).isEqualTo(CloseCause.USER_REMOVED);
        }
    }

    @Test
    void an_idle_session_ends_cleanly_at_both_ends() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            rig.policy = new SessionPolicy(300, 300, 300, SessionPolicy.DEFAULT_BUFFER_BYTES);
            try (Peer near = rig.connect();
                    Peer far = rig.accept()) {
                assertThat(near.readToEnd().clean()).isTrue();
                assertThat(far.readToEnd().clean()).isTrue();
                assertThat(rig.cause()).isEqualTo(CloseCause.IDLE_TIMEOUT);
            }
        }
    }

    @Test
    void a_policy_of_zero_delivers_what_was_received_and_ends() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            rig.policy = new SessionPolicy(300_000, 0, 0, SessionPolicy.DEFAULT_BUFFER_BYTES);
            try (Peer near = rig.connect();
                    Peer far = rig.accept()) {
                byte[] down = Payload.of(3, MIB);
                Future<Boolean> sent = send(far, down);
                Peer.Ending ending = near.readToEnd();
                assertThat(Arrays.equals(ending.bytes(), down)).isTrue();
                assertThat(sent.get()).isTrue();
                assertThat(far.readToEnd().clean()).isTrue();
            }
        }
    }

    @Test
    void a_reader_that_stops_holds_its_window_and_slows_nobody() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer stalled = rig.connect(16 * 1024);
                Peer stalledFar = rig.accept();
                Peer lively = rig.connect();
                Peer livelyFar = rig.accept()) {
            AtomicLong taken = new AtomicLong();
            stalledFar.socket().setSendBufferSize(64 * 1024);
            Future<Boolean> pushing = start(() -> {
                byte[] chunk = new byte[16 * 1024];
                while (taken.get() < 100L * MIB) {
                    stalledFar.send(chunk);
                    taken.addAndGet(chunk.length);
                }
                return true;
            });
            byte[] down = Payload.of(4, 20 * MIB);
            Future<Boolean> sent = send(livelyFar, down);
            assertThat(Arrays.equals(lively.readToEnd().bytes(), down)).isTrue();
            assertThat(sent.get()).isTrue();
            // The other one carried 20 MiB meanwhile; this one what two sockets, two relays and a window hold.
            assertThat(pushing.isDone()).isFalse();
            assertThat(taken.get()).isLessThan(12L * MIB);
            stalled.reset();
            Await.until("the sender is told", pushing::isDone);
        }
    }

    @Test
    void datagrams_keep_their_bounds() throws Exception {
        try (LinkRig rig = new LinkRig();
                DatagramSocket far = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            far.setSoTimeout((int) Await.LONG.toMillis());
            var order = rig.order(Network.UDP, far.getLocalPort());
            var stream = rig.ingressLoop
                    .call(() -> rig.client.open(order, rig.ingressLoop.loop()))
                    .get();
            Datagrams back = new Datagrams();
            rig.ingressLoop.call(() -> {
                stream.pipeline().addLast(back);
                stream.config().setAutoRead(true);
                EarlyBytesHandler.openIn(stream);
                return true;
            });
            for (int length : new int[] {1, 30, 1_400, 60_000}) {
                byte[] bytes = Payload.of(length, length);
                stream.writeAndFlush(Unpooled.wrappedBuffer(bytes));
                DatagramPacket got = new DatagramPacket(new byte[65_535], 65_535);
                far.receive(got);
                assertThat(Arrays.copyOf(got.getData(), got.getLength())).isEqualTo(bytes);
                far.send(new DatagramPacket(bytes, length, got.getSocketAddress()));
                Await.until("the answer", () -> back.lengths.contains(length));
            }
            assertThat(back.lengths).containsExactly(1, 30, 1_400, 60_000);
            stream.close();
            Await.until("the egress has forgotten it", () -> rig.server.sessions() == 0);
        }
    }

    @Test
    void an_egress_says_what_a_destination_said() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            rig.egress.fails = new SessionFailure(CloseCause.NAME_NOT_FOUND, "näme does\nnot resolve");
            var failure = rig.failure(rig.order(Network.TCP, 1));
            assertThat(failure).isNotNull();
            assertThat(failure.closeCause()).isEqualTo(CloseCause.NAME_NOT_FOUND);
            assertThat(failure).hasMessage("egress: n?me does?not resolve");
            assertThat(rig.server.sessions()).isZero();
        }
    }

    @Test
    void sessions_can_be_seen_at_the_egress() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            near.send(new byte[10]);
            assertThat(far.read(10)).hasSize(10);
            assertThat(rig.server.connections()).isEqualTo(1);
            assertThat(rig.server.sessionViews()).singleElement().satisfies(view -> {
                assertThat(view.ingressNode()).isEqualTo(LinkRig.INGRESS);
                assertThat(view.outboundTag()).isEqualTo("direct");
                assertThat(view.target().port()).isEqualTo(rig.destination.getLocalPort());
                assertThat(view.open()).isTrue();
                assertThat(view.uplinkBytes()).isEqualTo(10);
            });
            assertThat(rig.egress.orders.getFirst().link()).isNull();
        }
    }

    /** Keeps how long datagrams were. */
    private static final class Datagrams extends ChannelInboundHandlerAdapter {
        final List<Integer> lengths = new CopyOnWriteArrayList<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            lengths.add(((ByteBuf) message).readableBytes());
            ReferenceCountUtil.release(message);
        }
    }
}
