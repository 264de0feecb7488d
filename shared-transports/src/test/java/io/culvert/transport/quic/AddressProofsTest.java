package io.culvert.transport.quic;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.transport.channel.LimitRefusals;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AddressProofsTest {
    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 4_000);
    private static final byte[] CONNECTION_ID = {1, 2, 3, 4, 5, 6, 7, 8};

    private final AtomicBoolean needed = new AtomicBoolean(true);
    private final AtomicBoolean full = new AtomicBoolean();
    private final AtomicLong millis = new AtomicLong(1_000_000);
    private final AddressProofs proofs = new AddressProofs(needed::get, full::get, millis::get);

    @Test
    void nobody_is_asked_while_there_is_room() {
        needed.set(false);
        ByteBuf out = Unpooled.buffer();
        assertThat(proofs.writeToken(out, Unpooled.wrappedBuffer(CONNECTION_ID), CLIENT))
                .isFalse();
        assertThat(out.isReadable()).isFalse();
    }

    @Test
    void a_proof_holds_for_its_address_and_leads_to_the_connection_id() {
        ByteBuf proof = proof();
        assertThat(proof.readableBytes()).isLessThanOrEqualTo(proofs.maxTokenLength());
        int at = proofs.validateToken(proof.slice(), CLIENT);
        assertThat(at).isPositive();
        assertThat(proof.slice(at, proof.readableBytes() - at)).isEqualTo(Unpooled.wrappedBuffer(CONNECTION_ID));
        assertThat(proofs.validateToken(proof.slice(), new InetSocketAddress("192.0.2.1", 4_001)))
                .isNegative();
        assertThat(proofs.validateToken(proof.slice(), new InetSocketAddress("192.0.2.2", 4_000)))
                .isNegative();
    }

    @Test
    void a_proof_is_good_for_a_while() {
        ByteBuf proof = proof();
        millis.addAndGet(QuicLimits.PROOF_MILLIS);
        assertThat(proofs.validateToken(proof.slice(), CLIENT)).isPositive();
        millis.incrementAndGet();
        assertThat(proofs.validateToken(proof.slice(), CLIENT)).isNegative();
    }

    @Test
    void a_proof_that_was_changed_or_made_elsewhere_does_not_hold() {
        ByteBuf proof = proof();
        for (int i = 0; i < proof.readableBytes(); i++) {
            ByteBuf changed = proof.copy();
            changed.setByte(i, changed.getByte(i) ^ 1);
            assertThat(proofs.validateToken(changed, CLIENT)).as("byte %s", i).isNegative();
        }
        for (int length = 0; length < proof.readableBytes(); length++) {
            assertThat(proofs.validateToken(proof.slice(0, length), CLIENT))
                    .as("%s bytes", length)
                    .isNegative();
        }
        assertThat(new AddressProofs(needed::get, full::get, millis::get).validateToken(proof, CLIENT))
                .isNegative();
    }

    @Test
    void no_proof_helps_where_there_is_no_room() {
        ByteBuf proof = proof();
        full.set(true);
        long before = LimitRefusals.sum(LimitRefusals.Limit.QUIC_HANDSHAKES);
        assertThat(proofs.validateToken(proof.slice(), CLIENT)).isNegative();
        assertThat(LimitRefusals.sum(LimitRefusals.Limit.QUIC_HANDSHAKES)).isEqualTo(before + 1);
        // What proves nothing is no client that was refused.
        assertThat(proofs.validateToken(proof.setByte(9, proof.getByte(9) ^ 1), CLIENT))
                .isNegative();
        assertThat(LimitRefusals.sum(LimitRefusals.Limit.QUIC_HANDSHAKES)).isEqualTo(before + 1);
    }

    private ByteBuf proof() {
        ByteBuf out = Unpooled.buffer();
        assertThat(proofs.writeToken(out, Unpooled.wrappedBuffer(CONNECTION_ID), CLIENT))
                .isTrue();
        return out;
    }
}
