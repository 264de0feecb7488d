package io.culvert.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.bus.TicketDesk.Outcome;
import io.culvert.bus.TicketKey.Verdict;
import io.culvert.model.ConfigVersion;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionPolicy;
import io.culvert.model.Ticket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tickets of a farm: who can make them, how long they are good, and that they are good once. */
class TicketTest {
    private static final String EGRESS = "exit-2.0000bbbb";
    private static final ConfigVersion CONFIG = new ConfigVersion(7, 8, -9);
    private static final long NOW = 1_800_000_000_000L;

    private static byte[] clusterKey(int first) {
        byte[] key = new byte[TicketKey.CLUSTER_KEY_BYTES];
        key[0] = (byte) first;
        return key;
    }

    private final TicketKey key = TicketKey.of(clusterKey(1));
    private final Random random = new Random(1);
    private final TicketNonces nonces = new TicketNonces(random);

    private LinkOrder order(SessionDescriptor session, Destination target) {
        return order(session, target, key.mint(session, EGRESS, "direct", target, CONFIG, NOW, nonces));
    }

    private static LinkOrder order(SessionDescriptor session, Destination target, Ticket ticket) {
        return order(session, target, CONFIG, ticket);
    }

    private static LinkOrder order(
            SessionDescriptor session, Destination target, @Nullable ConfigVersion config, Ticket ticket) {
        return new LinkOrder(
                new DialOrder(session, EGRESS, "direct", target, SessionPolicy.DEFAULT, null, config), ticket);
    }

    private LinkOrder order() {
        return order(Samples.DESCRIPTOR, Samples.DESCRIPTOR.target());
    }

    @Test
    void nonces_of_one_router_differ_and_those_of_two() {
        Set<String> seen = new HashSet<>();
        for (TicketNonces router : List.of(nonces, new TicketNonces(new Random(2)))) {
            for (int i = 0; i < 1_000; i++) {
                byte[] nonce = router.next();
                assertThat(nonce).hasSize(TicketNonces.BYTES);
                seen.add(HexFormat.of().formatHex(nonce));
            }
        }
        assertThat(seen).hasSize(2_000);
    }

    @Test
    void a_ticket_proves_its_order_whatever_it_is() {
        for (int i = 0; i < 500; i++) {
            SessionDescriptor session = Samples.descriptor(random);
            assertThat(key.verify(order(session, session.target()), NOW)).isEqualTo(Verdict.VALID);
        }
    }

    /** The bytes that are signed are written down here a second time: nodes of different builds must agree on them. */
    @Test
    void signs_the_bytes_that_other_nodes_sign() throws Exception {
        Ticket ticket = order().ticket();
        byte[] bytes = ticket.toBytes();
        assertThat(ByteBuffer.wrap(bytes).getLong()).isEqualTo(NOW + TicketKey.LIFETIME_MILLIS);
        String fields = "0102030405060708" + "0006656467652d31" + "000f657869742d322e3030303062626262"
                + "0008766d6573732d696e" + "00" + "01c00002079c40"
                + "01000e6c6f76654076327261792e636f6d00000003"
                + "0102000b6578616d706c652e636f6d01bb" + "0102000b6578616d706c652e636f6d01bb"
                + "0006646972656374";
        assertThat(Arrays.copyOfRange(bytes, 24, Ticket.BYTES))
                .isEqualTo(signature(bytes, fields + "0000000000000007" + "0000000000000008" + "fffffffffffffff7"));
        SessionDescriptor session = Samples.DESCRIPTOR;
        byte[] older = key.mint(session, EGRESS, "direct", session.target(), null, NOW, nonces)
                .toBytes();
        assertThat(Arrays.copyOfRange(older, 24, Ticket.BYTES))
                .as("what nodes of the version before sign")
                .isEqualTo(signature(older, fields));
    }

    private static byte[] signature(byte[] ticket, String fields) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(clusterKey(1), "HmacSHA256"));
        byte[] derived = mac.doFinal("culvert node link ticket key 1".getBytes(StandardCharsets.US_ASCII));
        mac.init(new SecretKeySpec(derived, "HmacSHA256"));
        mac.update(ticket, 0, 24);
        mac.update(HexFormat.of().parseHex(fields));
        return mac.doFinal();
    }

    /** An ingress must choose neither another configuration's outbound nor that of the moment. */
    @Test
    void the_configuration_is_not_for_the_ingress_to_choose() {
        SessionDescriptor session = Samples.DESCRIPTOR;
        Destination target = session.target();
        Ticket ticket = order().ticket();
        for (ConfigVersion other : new ConfigVersion[] {
            null, new ConfigVersion(6, 8, -9), new ConfigVersion(7, 9, -9), new ConfigVersion(7, 8, 9)
        }) {
            assertThat(key.verify(order(session, target, other, ticket), NOW)).isEqualTo(Verdict.FORGED);
        }
        Ticket without = key.mint(session, EGRESS, "direct", target, null, NOW, nonces);
        assertThat(key.verify(order(session, target, null, without), NOW)).isEqualTo(Verdict.VALID);
        assertThat(key.verify(order(session, target, CONFIG, without), NOW)).isEqualTo(Verdict.FORGED);
    }

    @Test
    void every_flipped_bit_of_a_ticket_is_noticed() {
        LinkOrder good = order();
        for (int bit = 0; bit < Ticket.BYTES * 8; bit++) {
            byte[] flipped = good.ticket().toBytes();
            flipped[bit >> 3] ^= (byte) (1 << (bit & 7));
            LinkOrder bad = new LinkOrder(good.order(), Ticket.of(flipped));
            assertThat(key.verify(bad, NOW)).as("bit %d", bit).isEqualTo(Verdict.FORGED);
        }
    }

    @Test
    void a_key_of_another_farm_signs_nothing_here() {
        assertThat(TicketKey.of(clusterKey(2)).verify(order(), NOW)).isEqualTo(Verdict.FORGED);
        assertThatThrownBy(() -> TicketKey.of(new byte[31])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_ticket_has_its_time_and_the_skew_of_the_clocks() {
        long lifetime = TicketKey.LIFETIME_MILLIS;
        long skew = TicketKey.CLOCK_SKEW_MILLIS;
        assertThat(key.verify(order(), NOW + lifetime + skew)).isEqualTo(Verdict.VALID);
        assertThat(key.verify(order(), NOW + lifetime + skew + 1)).isEqualTo(Verdict.EXPIRED);
        assertThat(key.verify(order(), NOW - skew)).isEqualTo(Verdict.VALID);
        assertThat(key.verify(order(), NOW - skew - 1)).isEqualTo(Verdict.EXPIRED);
    }

    @Test
    void the_policy_may_be_narrowed() {
        LinkOrder good = order();
        LinkOrder narrowed = new LinkOrder(
                new DialOrder(
                        good.order().session(),
                        EGRESS,
                        "direct",
                        good.order().target(),
                        new SessionPolicy(1, 1, 1, 1),
                        null,
                        CONFIG),
                good.ticket());
        assertThat(key.verify(narrowed, NOW)).isEqualTo(Verdict.VALID);
    }

    @Test
    void a_ticket_is_good_once_as_long_as_it_is_good_at_all() {
        AtomicLong clock = new AtomicLong(NOW);
        TicketDesk desk = new TicketDesk(key, EGRESS, clock::get);
        LinkOrder order = order();
        assertThat(desk.take(order)).isEqualTo(Outcome.ACCEPTED);
        long last = NOW + TicketKey.LIFETIME_MILLIS + TicketKey.CLOCK_SKEW_MILLIS;
        for (long at = NOW; at <= last; at += 500) {
            clock.set(at);
            assertThat(desk.take(order)).isEqualTo(Outcome.REPLAYED);
        }
        clock.set(last + 1);
        assertThat(desk.take(order)).isEqualTo(Outcome.EXPIRED);
    }

    @Test
    void a_ticket_of_another_node_is_not_used_up() {
        TicketDesk other = new TicketDesk(key, "exit-2.0000cccc", () -> NOW);
        assertThat(other.take(order())).isEqualTo(Outcome.ELSEWHERE);
        assertThat(other.remembered()).isZero();
    }

    @Test
    void at_its_bound_nothing_is_taken_until_tickets_have_expired() {
        AtomicLong clock = new AtomicLong(NOW);
        TicketDesk desk = new TicketDesk(key, EGRESS, clock::get, 2);
        LinkOrder first = order();
        assertThat(desk.take(first)).isEqualTo(Outcome.ACCEPTED);
        assertThat(desk.take(order())).isEqualTo(Outcome.ACCEPTED);
        assertThat(desk.take(order())).isEqualTo(Outcome.FULL);
        assertThat(desk.take(first)).as("what is known is known").isEqualTo(Outcome.REPLAYED);
        clock.addAndGet(60_000);
        SessionDescriptor session = Samples.DESCRIPTOR;
        Ticket later = key.mint(session, EGRESS, "direct", session.target(), CONFIG, clock.get(), nonces);
        assertThat(desk.take(order(session, session.target(), later))).isEqualTo(Outcome.ACCEPTED);
    }
}
