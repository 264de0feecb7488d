package io.culvert.transport.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.LinkGrant;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Links that break, freeze, or are drained. */
class LinkFaultTest {

    private static void assertUnreachable(@Nullable SessionFailure failure) {
        assertThat(failure).isNotNull();
        assertThat(failure.closeCause()).isEqualTo(CloseCause.LINK_FAILED);
        assertThat(failure.closeCause().mayTryElsewhere()).isTrue();
    }

    @Test
    void a_connection_that_is_lost_resets_all_its_sessions_at_both_ends() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            List<Peer> near = new ArrayList<>();
            List<Peer> far = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                Peer client = rig.connect();
                Peer destination = rig.accept();
                client.send(new byte[1]);
                assertThat(destination.read(1)).hasSize(1);
                near.add(client);
                far.add(destination);
            }
            rig.cable.cut();
            for (int i = 0; i < 10; i++) {
                assertThat(near.get(i).readToEnd().clean()).isFalse();
                assertThat(far.get(i).readToEnd().clean()).isFalse();
                near.get(i).close();
                far.get(i).close();
            }
            Await.until("all have ended", () -> rig.ended.size() == 10 && rig.server.sessions() == 0);
            assertThat(rig.ended).containsOnly(CloseCause.LINK_FAILED);
            assertThat(rig.client.connections()).isZero();
            Await.until("the server knows", () -> rig.server.connections() == 0);
        }
    }

    @Test
    void a_client_that_does_not_read_learns_of_a_lost_connection_too() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect(16 * 1024);
                Peer far = rig.accept()) {
            AtomicBoolean failed = new AtomicBoolean();
            Thread pushing = Thread.ofVirtual().start(() -> {
                far.sendUntilItFails();
                failed.set(true);
            });
            Await.until(
                    "the stream is full",
                    () -> rig.server.sessionViews().stream().anyMatch(view -> view.downlinkBytes() > 2L * 1024 * 1024));
            rig.cable.cut();
            assertThat(rig.cause()).isEqualTo(CloseCause.LINK_FAILED);
            Await.until("the destination is told", failed::get);
            pushing.join();
            assertThat(near.readToEnd().clean()).isFalse();
        }
    }

    @Test
    void the_next_session_after_a_loss_has_a_new_connection() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            assertThat(rig.failure(rig.order(Network.TCP, rig.destination.getLocalPort())))
                    .isNull();
            rig.accept().close();
            rig.cable.cut();
            Await.until("the client knows", () -> rig.client.connections() == 0);
            try (Peer near = rig.connect();
                    Peer far = rig.accept()) {
                byte[] bytes = Payload.of(1, 100_000);
                near.send(bytes);
                near.finish();
                assertThat(Arrays.equals(far.readToEnd().bytes(), bytes)).isTrue();
            }
            assertThat(rig.cable.connections()).isEqualTo(2);
        }
    }

    @Test
    void a_peer_that_freezes_is_given_up_by_both_ends() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            near.send(new byte[10]);
            assertThat(far.read(10)).hasSize(10);
            rig.cable.freeze();
            assertThat(near.readToEnd().clean()).isFalse();
            assertThat(far.readToEnd().clean()).isFalse();
            assertThat(rig.cause()).isEqualTo(CloseCause.LINK_FAILED);
        }
    }

    @Test
    void a_session_that_waits_for_a_frozen_egress_may_be_tried_elsewhere() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            assertThat(rig.failure(rig.order(Network.TCP, rig.destination.getLocalPort())))
                    .isNull();
            rig.cable.freeze();
            assertUnreachable(rig.failure(rig.order(Network.TCP, rig.destination.getLocalPort())));
            assertThat(rig.egress.dials).hasValue(1);
        }
    }

    @Test
    void a_session_does_not_wait_for_a_connection_that_takes_long() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            rig.cable.freeze();
            assertUnreachable(rig.failure(rig.order(Network.TCP, rig.destination.getLocalPort())));
            assertUnreachable(rig.failure(rig.order(Network.TCP, rig.destination.getLocalPort())));
            assertThat(rig.client.lost())
                    .as("the connection has its whole time, and the second session has not waited for it")
                    .isZero();
            Await.until("the connection is given up", () -> rig.client.lost() == 1);
        }
    }

    @Test
    void an_egress_that_goes_away_before_it_answers_may_be_replaced() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            rig.egress.silent = true;
            Future<Channel> opened =
                    rig.ingressLoop.call(() -> rig.client.open(rig.order(Network.TCP, 1), rig.ingressLoop.loop()));
            Await.until("the order has come", () -> rig.egress.dials.get() == 1);
            rig.cable.cut();
            Await.until("an answer", opened::isDone);
            assertUnreachable((SessionFailure) opened.cause());
            Await.until("the egress has forgotten it", () -> rig.server.sessions() == 0);
        }
    }

    @Test
    void an_egress_that_is_not_there_may_be_replaced() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            rig.cable.close();
            assertUnreachable(rig.failure(rig.order(Network.TCP, 1)));
        }
    }

    @Test
    void a_server_that_says_nothing_is_given_up() throws Exception {
        try (LinkRig rig = new LinkRig();
                ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var order = rig.order(Network.TCP, 1);
            var there = new DialOrder(
                    order.session(),
                    order.egressNode(),
                    order.outboundTag(),
                    order.target(),
                    order.policy(),
                    new LinkGrant(
                            (InetSocketAddress) silent.getLocalSocketAddress(),
                            Objects.requireNonNull(order.link()).ticket()),
                    null);
            assertUnreachable(rig.failure(there));
        }
    }

    @Test
    void a_drain_lets_sessions_finish_and_takes_no_new_ones() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            near.send(new byte[10]);
            assertThat(far.read(10)).hasSize(10);
            rig.server.drain();
            SessionFailure failure = rig.failure(rig.order(Network.TCP, rig.destination.getLocalPort()));
            assertThat(failure).isNotNull();
            assertThat(failure.closeCause()).isEqualTo(CloseCause.DRAINED);
            assertThat(failure.closeCause().mayTryElsewhere()).isTrue();
            assertThat(rig.egress.dials).hasValue(1);
            byte[] bytes = Payload.of(1, 1_000_000);
            Thread sending = Thread.ofVirtual().start(() -> {
                try {
                    far.send(bytes);
                    far.finish();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(Arrays.equals(near.readToEnd().bytes(), bytes)).isTrue();
            near.finish();
            sending.join();
            assertThat(rig.cause()).isEqualTo(CloseCause.COMPLETED);
            Await.until("the connections are closed when they are empty", () -> rig.client.connections() == 0);
        }
    }

    @Test
    void an_ingress_that_closes_ends_its_sessions_at_the_egress() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = rig.connect();
                Peer far = rig.accept()) {
            near.send(new byte[10]);
            assertThat(far.read(10)).hasSize(10);
            rig.client.close();
            assertThat(far.readToEnd().clean()).isFalse();
            assertThat(near.readToEnd().clean()).isFalse();
            Await.until("the egress has forgotten it", () -> rig.server.sessions() == 0);
        }
    }
}
