package io.culvert.transport.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.TicketDesk.Outcome;
import io.culvert.bus.TicketKey;
import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.Network;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionFailure;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestAuthority;
import io.culvert.transport.testkit.TestLoop;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets nothing: nothing here may lead to a dial. */
class LinkRefusalTest {
    private static final byte[] PREFACE = ByteBufUtil.getBytes(LinkFrames.preface());

    /** What is changed behind the router's back. */
    enum Change {
        ID,
        /** The name of the certificate stays: another start of the same node. */
        INGRESS,
        INBOUND,
        SOURCE,
        ORIGIN,
        USER,
        NO_USER;

        SessionDescriptor of(SessionDescriptor s) {
            String ingress = s.ingressNode();
            return switch (this) {
                case ID -> with(s, s.id() + 1, ingress, s.inboundTag(), s.source(), s.origin(), s.user());
                case INGRESS -> with(s, s.id(), "edge-1.ffffffff", s.inboundTag(), s.source(), s.origin(), s.user());
                case INBOUND -> with(s, s.id(), ingress, "other", s.source(), s.origin(), s.user());
                case SOURCE ->
                    with(
                            s,
                            s.id(),
                            ingress,
                            s.inboundTag(),
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                            s.origin(),
                            s.user());
                case ORIGIN -> with(s, s.id(), ingress, s.inboundTag(), s.source(), TargetOrigin.OPERATOR, s.user());
                case USER -> with(s, s.id(), ingress, s.inboundTag(), s.source(), s.origin(), new UserRef("root", 0));
                case NO_USER -> with(s, s.id(), ingress, s.inboundTag(), s.source(), s.origin(), null);
            };
        }

        private static SessionDescriptor with(
                SessionDescriptor s,
                long id,
                String ingress,
                String inbound,
                InetSocketAddress source,
                TargetOrigin origin,
                @Nullable UserRef user) {
            return new SessionDescriptor(id, ingress, inbound, source, s.target(), origin, user, s.protocol());
        }
    }

    private static void assertRefused(LinkRig rig, @Nullable SessionFailure failure, Outcome why) {
        assertThat(failure).isNotNull();
        assertThat(failure.closeCause()).isEqualTo(CloseCause.TICKET_REFUSED);
        assertThat(rig.server.tickets(why)).isEqualTo(1);
        assertThat(rig.egress.dials).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void a_ticket_proves_no_other_session(Change change) throws Exception {
        try (LinkRig rig = new LinkRig()) {
            DialOrder order = rig.order(Network.TCP, 1);
            SessionDescriptor other = change.of(order.session());
            DialOrder changed = rig.with(
                    other,
                    order.egressNode(),
                    Objects.requireNonNull(order.link()).ticket());
            assertRefused(rig, rig.failure(changed), Outcome.FORGED);
        }
    }

    @Test
    void a_ticket_proves_no_other_target_and_no_other_outbound() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            DialOrder order = rig.order(Network.TCP, 1);
            DialOrder target = new DialOrder(
                    order.session(),
                    order.egressNode(),
                    order.outboundTag(),
                    LinkRig.target(Network.TCP, 2),
                    order.policy(),
                    order.link(),
                    null);
            DialOrder outbound = new DialOrder(
                    order.session(), order.egressNode(), "other", order.target(), order.policy(), order.link(), null);
            assertRefused(rig, rig.failure(target), Outcome.FORGED);
            SessionFailure second = rig.failure(outbound);
            assertThat(second).isNotNull();
            assertThat(rig.server.tickets(Outcome.FORGED)).isEqualTo(2);
            assertThat(rig.egress.dials).hasValue(0);
        }
    }

    @Test
    void another_farms_ticket_is_refused() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            byte[] other = new byte[TicketKey.CLUSTER_KEY_BYTES];
            other[0] = 1;
            DialOrder order = rig.signed(rig.descriptor(Network.TCP, 1), TicketKey.of(other), LinkRig.EGRESS);
            assertRefused(rig, rig.failure(order), Outcome.FORGED);
        }
    }

    @Test
    void another_egress_s_ticket_is_refused() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            // The same name, as of another start: its certificate is the right one.
            DialOrder order = rig.signed(rig.descriptor(Network.TCP, 1), LinkRig.KEY, "exit-2.ffffffff");
            assertRefused(rig, rig.failure(order), Outcome.ELSEWHERE);
        }
    }

    @Test
    void an_expired_ticket_is_refused() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            DialOrder order = rig.order(Network.TCP, 1);
            rig.clock.addAndGet(TicketKey.LIFETIME_MILLIS + TicketKey.CLOCK_SKEW_MILLIS + 1);
            assertRefused(rig, rig.failure(order), Outcome.EXPIRED);
        }
    }

    @Test
    void a_ticket_is_good_once() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            DialOrder order = rig.order(Network.TCP, rig.destination.getLocalPort());
            assertThat(rig.failure(order)).isNull();
            SessionFailure again = rig.failure(order);
            assertThat(again).isNotNull();
            assertThat(again.closeCause()).isEqualTo(CloseCause.TICKET_REFUSED);
            assertThat(rig.server.tickets(Outcome.REPLAYED)).isEqualTo(1);
            assertThat(rig.egress.dials).hasValue(1);
        }
    }

    @Test
    void a_node_cannot_use_another_nodes_ticket() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            LinkClient thief = new LinkClient(LinkRig.contexts(LinkRig.FARM, "edge-9"));
            DialOrder order = rig.order(Network.TCP, rig.destination.getLocalPort());
            assertRefused(rig, rig.failure(thief, order), Outcome.FORGED);
            thief.close();
            assertThat(rig.failure(order)).as("its owner still can").isNull();
        }
    }

    @Test
    void an_egress_with_another_name_is_not_spoken_to() throws Exception {
        try (LinkRig rig = new LinkRig(
                LinkRig.contexts(LinkRig.FARM, "edge-1"),
                LinkRig.contexts(LinkRig.FARM, "exit-9"),
                TestLoop.Kind.NIO)) {
            SessionFailure failure = rig.failure(rig.order(Network.TCP, 1));
            assertThat(failure).isNotNull().hasMessageContaining("another node");
            assertThat(failure.closeCause()).isEqualTo(CloseCause.LINK_FAILED);
            assertThat(rig.egress.dials).hasValue(0);
        }
    }

    @Test
    void an_ingress_of_another_authority_is_not_let_in() throws Exception {
        TestAuthority other = new TestAuthority();
        try (LinkRig rig = new LinkRig(
                LinkRig.security(LinkRig.FARM, other.node("edge-1")).contexts(),
                LinkRig.contexts(LinkRig.FARM, "exit-2"),
                TestLoop.Kind.NIO)) {
            SessionFailure failure = rig.failure(rig.order(Network.TCP, 1));
            assertThat(failure).isNotNull();
            assertThat(failure.closeCause()).isEqualTo(CloseCause.LINK_FAILED);
            assertThat(rig.egress.dials).hasValue(0);
            Await.until("counted", () -> rig.server.strangers() == 1);
        }
    }

    @Test
    void an_egress_of_another_authority_is_not_spoken_to() throws Exception {
        TestAuthority other = new TestAuthority();
        try (LinkRig rig = new LinkRig(
                LinkRig.contexts(LinkRig.FARM, "edge-1"),
                LinkRig.security(LinkRig.FARM, other.node("exit-2")).contexts(),
                TestLoop.Kind.NIO)) {
            SessionFailure failure = rig.failure(rig.order(Network.TCP, 1));
            assertThat(failure).isNotNull();
            assertThat(failure.closeCause()).isEqualTo(CloseCause.LINK_FAILED);
            assertThat(rig.egress.dials).hasValue(0);
        }
    }

    @Test
    void a_client_without_a_certificate_is_not_let_in() throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer raw = Peer.connect(rig.cable.address(), 0)) {
            SSLContext anybody = SSLContext.getInstance("TLS");
            anybody.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            byte[] heard;
            try {
                heard = raw.startTls(
                                anybody, true, "exit-2", new String[] {"TLSv1.3"}, new String[] {LinkSecurity.PROTOCOL})
                        .readToEnd()
                        .bytes();
            } catch (IOException refusedInTheHandshake) {
                // TLS 1.3 leaves it open when a client hears of it.
                heard = new byte[0];
            }
            assertThat(heard).isEmpty();
            Await.until("counted", () -> rig.server.strangers() == 1);
            assertThat(rig.egress.dials).hasValue(0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_silent_connection_is_closed(boolean tls) throws Exception {
        try (LinkRig rig = tls ? new LinkRig() : clear();
                Peer raw = Peer.connect(rig.cable.address(), 0)) {
            if (!tls) {
                raw.send(PREFACE);
            }
            raw.readToEnd();
            Await.until("counted", () -> rig.server.strangers() == 1);
        }
    }

    @Test
    void strangers_are_bounded_and_the_oldest_go() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            Peer[] silent = new Peer[LinkLimits.STRANGERS + 50];
            for (int i = 0; i < silent.length; i++) {
                silent[i] = Peer.connect(rig.cable.address(), 0);
            }
            Await.until("the oldest have gone", () -> rig.server.strangers() >= 50);
            assertThat(rig.failure(rig.order(Network.TCP, rig.destination.getLocalPort())))
                    .as("a node gets through")
                    .isNull();
            for (Peer peer : silent) {
                peer.close();
            }
        }
    }

    private static LinkRig clear() throws Exception {
        return new LinkRig(null, null, TestLoop.Kind.NIO);
    }

    /** A frame. */
    private static byte[] frame(int type, int stream, byte[] payload) {
        return frame(type, stream, payload.length, payload);
    }

    /** A frame that claims another length than it has. */
    private static byte[] frame(int type, int stream, int length, byte[] payload) {
        return ByteBufUtil.getBytes(Unpooled.buffer()
                .writeLong(LinkFrames.head(type, stream, length))
                .writeBytes(payload));
    }

    private static void sendRaw(Peer peer, byte[] frames) throws IOException {
        peer.send(PREFACE);
        peer.send(frames);
    }

    @Test
    void orders_that_are_none_are_refused() throws Exception {
        try (LinkRig rig = clear()) {
            byte[] whole = LinkRig.bytesOf(rig.order(Network.TCP, 1));
            byte[][] bad = {
                {},
                "%%%".getBytes(StandardCharsets.US_ASCII),
                Arrays.copyOf(whole, whole.length - 1),
                Arrays.copyOf(whole, whole.length + 1),
                new byte[LinkLimits.MAX_CONTROL],
            };
            for (int i = 0; i < bad.length; i++) {
                try (Peer peer = Peer.connect(rig.cable.address(), 0)) {
                    sendRaw(peer, frame(LinkFrames.ORDER, 1, bad[i]));
                    int refused = i + 1;
                    Await.until("refused", () -> rig.server.refused() == refused);
                }
            }
            assertThat(rig.egress.dials).hasValue(0);
        }
    }

    @Test
    void an_order_that_is_too_long_ends_its_connection() throws Exception {
        try (LinkRig rig = clear();
                Peer peer = Peer.connect(rig.cable.address(), 0)) {
            sendRaw(peer, frame(LinkFrames.ORDER, 1, new byte[LinkLimits.MAX_CONTROL + 1]));
            peer.readToEnd();
            Await.until("counted", () -> rig.server.strangers() == 1);
            assertThat(rig.egress.dials).hasValue(0);
        }
    }

    @Test
    void a_stranger_cannot_make_the_egress_collect_much() throws Exception {
        try (LinkRig rig = clear();
                Peer peer = Peer.connect(rig.cable.address(), 0)) {
            // Payload of a stream that is none, of which most never comes.
            sendRaw(peer, frame(LinkFrames.DATA, 1, 0xffffff, new byte[LinkLimits.STRANGER_BYTES + 1]));
            peer.readToEnd();
            Await.until("counted", () -> rig.server.strangers() == 1);
        }
    }

    @ParameterizedTest
    @MethodSource("breaches")
    void who_does_not_keep_to_the_rules_is_closed(String what, byte[] sent) throws Exception {
        try (LinkRig rig = clear();
                Peer peer = Peer.connect(rig.cable.address(), 0)) {
            peer.send(sent);
            assertThat(peer.readToEnd().bytes()).as(what).isEmpty();
            Await.until("counted", () -> rig.server.strangers() == 1);
            assertThat(rig.egress.dials).hasValue(0);
        }
    }

    static Stream<Arguments> breaches() {
        return Stream.of(
                Arguments.of("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII)),
                Arguments.of("no preface", frame(LinkFrames.PING, 0, new byte[0])),
                Arguments.of("an unknown type", behindPreface(frame(77, 1, new byte[0]))),
                Arguments.of("a long PING", behindPreface(frame(LinkFrames.PING, 0, 0xffffff, new byte[100]))),
                Arguments.of("a WINDOW of three bytes", behindPreface(frame(LinkFrames.WINDOW, 1, new byte[3]))),
                Arguments.of("stream 0", behindPreface(frame(LinkFrames.ORDER, 0, new byte[10]))));
    }

    private static byte[] behindPreface(byte[] frames) {
        return ByteBufUtil.getBytes(Unpooled.buffer().writeBytes(PREFACE).writeBytes(frames));
    }
}
