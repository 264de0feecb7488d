package io.culvert.bus;

import io.culvert.model.ConfigVersion;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.Ticket;
import io.culvert.model.UserRef;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs and checks the tickets of a farm with a key that is derived from its cluster key (reliability section 2d.24). A ticket
 * says who of the routers sent which session where: session, ingress and egress node, inbound, source, user, both targets, who
 * chose the target, the outbound, and by which configuration: an ingress chooses none of it. The policy is not signed: an
 * inbound may narrow it.
 *
 * <p>Whether a ticket has been used before is {@link TicketDesk}'s business. Safe for use by several threads.
 */
public final class TicketKey {
    /** How long a ticket is valid, in milliseconds. */
    public static final long LIFETIME_MILLIS = 10_000;

    /** By how much the clocks of router and egress may differ, in milliseconds. */
    public static final long CLOCK_SKEW_MILLIS = 5_000;

    /** The length of the cluster key, in bytes. */
    public static final int CLUSTER_KEY_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";
    private static final byte[] DERIVATION = "culvert node link ticket key 1".getBytes(StandardCharsets.US_ASCII);
    private static final int EXPIRY_BYTES = 8;
    private static final int SIGNED_AT = EXPIRY_BYTES + TicketNonces.BYTES;

    /** Longer than any order: what is signed has to fit an order, which is bounded itself. */
    private static final int MOST_SIGNED = 2 * RecordFormat.MAX_BYTES;

    /** Never fed, so that its clones start clean whichever thread makes them. */
    private final Mac keyed;

    private TicketKey(Mac keyed) {
        this.keyed = keyed;
    }

    /** What a check has found. */
    public enum Verdict {
        VALID,
        /** Signed with another key, or for something else. */
        FORGED,
        /** Too old, or from a clock that is too far ahead. */
        EXPIRED
    }

    /**
     * The key of a farm.
     *
     * @param clusterKey {@link #CLUSTER_KEY_BYTES} bytes
     */
    public static TicketKey of(byte[] clusterKey) {
        if (clusterKey.length != CLUSTER_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "a cluster key has " + CLUSTER_KEY_BYTES + " bytes, found " + clusterKey.length);
        }
        return new TicketKey(mac(mac(clusterKey).doFinal(DERIVATION)));
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /**
     * Makes the ticket of one decision.
     *
     * @param session as the ingress described it
     * @param egressNode the id of the node that is to open the destination
     * @param outboundTag the outbound it is to use
     * @param target the destination, as the router left it
     * @param config the configuration by which it was decided, or null for a node that does not hand it on
     * @param nowMillis the wall clock, Unix milliseconds
     * @param nonces the router's own
     * @throws BusFormatException where the fields are longer than any order can be
     */
    public Ticket mint(
            SessionDescriptor session,
            String egressNode,
            String outboundTag,
            Destination target,
            @Nullable ConfigVersion config,
            long nowMillis,
            TicketNonces nonces) {
        byte[] nonce = nonces.next();
        long expiry = nowMillis + LIFETIME_MILLIS;
        byte[] signature = sign(expiry, nonce, session, egressNode, outboundTag, target, config);
        return Ticket.of(ByteBuffer.allocate(Ticket.BYTES)
                .putLong(expiry)
                .put(nonce)
                .put(signature)
                .array());
    }

    /**
     * Checks that an order is the decision of a router of this farm, made just now.
     *
     * @param nowMillis the wall clock, Unix milliseconds
     */
    public Verdict verify(LinkOrder asked, long nowMillis) {
        byte[] bytes = asked.ticket().toBytes();
        DialOrder order = asked.order();
        byte[] expected;
        try {
            expected = sign(
                    expiryMillis(asked.ticket()),
                    Arrays.copyOfRange(bytes, EXPIRY_BYTES, SIGNED_AT),
                    order.session(),
                    order.egressNode(),
                    order.outboundTag(),
                    order.target(),
                    order.config());
        } catch (BusFormatException _) {
            return Verdict.FORGED;
        }
        // Constant time: how far a guess agrees must not show.
        if (!MessageDigest.isEqual(expected, Arrays.copyOfRange(bytes, SIGNED_AT, Ticket.BYTES))) {
            return Verdict.FORGED;
        }
        long left = expiryMillis(asked.ticket()) - nowMillis;
        return left < -CLOCK_SKEW_MILLIS || left > LIFETIME_MILLIS + CLOCK_SKEW_MILLIS
                ? Verdict.EXPIRED
                : Verdict.VALID;
    }

    /** When a ticket stops being valid by its router's clock, Unix milliseconds. */
    static long expiryMillis(Ticket ticket) {
        return ByteBuffer.wrap(ticket.toBytes()).getLong();
    }

    /** The two halves of a ticket's nonce. */
    static long[] nonce(Ticket ticket) {
        ByteBuffer bytes = ByteBuffer.wrap(ticket.toBytes(), EXPIRY_BYTES, TicketNonces.BYTES);
        return new long[] {bytes.getLong(), bytes.getLong()};
    }

    private byte[] sign(
            long expiry,
            byte[] nonce,
            SessionDescriptor session,
            String egressNode,
            String outboundTag,
            Destination target,
            @Nullable ConfigVersion config) {
        // The fields are named here one by one, so that nodes of neighbouring versions sign alike.
        FieldWriter out = new FieldWriter(MOST_SIGNED);
        out.i64(session.id());
        out.text(session.ingressNode());
        out.text(egressNode);
        out.text(session.inboundTag());
        out.u8(SessionDescriptorFormat.code(session.origin()));
        out.socketAddress(session.source());
        UserRef user = session.user();
        out.flag(user != null);
        if (user != null) {
            out.text(user.email());
            out.i32(user.level());
        }
        out.destination(session.target());
        out.destination(target);
        out.text(outboundTag);
        if (config != null) {
            out.config(config);
        }
        try {
            Mac mac = (Mac) keyed.clone();
            mac.update(ByteBuffer.allocate(EXPIRY_BYTES).putLong(expiry).flip());
            mac.update(nonce);
            return mac.doFinal(out.toBytes());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's " + ALGORITHM + " can be cloned", e);
        }
    }
}
