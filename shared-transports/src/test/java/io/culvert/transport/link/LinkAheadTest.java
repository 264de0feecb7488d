package io.culvert.transport.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** First bytes that leave with their order: all of them arrive, once and in order, whatever becomes of the first try. */
class LinkAheadTest {
    private static final int HEAD = 5;

    /** A record with a ClientHello of {@code length} bytes, followed by others up to {@code total}, or cut off there. */
    private static byte[] hello(int length, int total) {
        byte[] bytes = Payload.of(3, total);
        byte[] head = {22, 3, 1, (byte) (length >> 8), (byte) length, 1};
        System.arraycopy(head, 0, bytes, 0, head.length);
        return bytes;
    }

    private static int repeatable(byte[] bytes) {
        ByteBuf first = Unpooled.wrappedBuffer(new byte[2], bytes).skipBytes(2);
        try {
            return SentAheadHandler.repeatable(first);
        } finally {
            first.release();
        }
    }

    @Test
    void onlyAClientHelloMayBeSaidTwice() {
        assertThat(repeatable(hello(517, 522))).isEqualTo(522);
        assertThat(repeatable(hello(517, 2_000))).as("early data stays").isEqualTo(522);
        assertThat(repeatable(hello(517, 300))).as("a part of it").isEqualTo(300);
        assertThat(repeatable(hello(16_384, 16_389))).isEqualTo(LinkLimits.SENT_AHEAD);
        assertThat(repeatable(new byte[] {22, 3, 1, 0, 1})).as("not known yet").isZero();
        assertThat(repeatable(new byte[] {22, 3, 1, 0, 1, 2}))
                .as("a ServerHello")
                .isZero();
        assertThat(repeatable(new byte[] {23, 3, 3, 0, 1, 1}))
                .as("application data")
                .isZero();
        assertThat(repeatable("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII)))
                .isZero();
        assertThat(repeatable(new byte[0])).isZero();
    }

    @ParameterizedTest
    @CsvSource({"517, 522", "517, 300", "517, 40000", "9000, 300000", "16384, 16389"})
    void arriveOnce(int length, int total) throws Exception {
        try (LinkRig rig = new LinkRig()) {
            rig.hearsFirst = true;
            // The second session finds a connection that stands.
            for (int i = 1; i <= 2; i++) {
                try (Peer near = rig.connect()) {
                    byte[] bytes = hello(length, total);
                    near.send(bytes);
                    near.finish();
                    try (Peer far = rig.accept()) {
                        assertThat(Arrays.equals(far.readToEnd().bytes(), bytes))
                                .isTrue();
                        far.finish();
                        assertThat(near.readToEnd().clean()).isTrue();
                    }
                    assertThat(rig.cause()).isEqualTo(CloseCause.COMPLETED);
                }
                assertThat(rig.client.sentAhead()).isEqualTo(i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 6, 40_000})
    void bytesOfOtherProtocolsWaitForTheAnswer(int total) throws Exception {
        try (LinkRig rig = new LinkRig();
                Peer near = connectHeard(rig)) {
            byte[] bytes = Payload.of(4, total);
            near.send(bytes);
            near.finish();
            try (Peer far = rig.accept()) {
                assertThat(Arrays.equals(far.readToEnd().bytes(), bytes)).isTrue();
            }
            assertThat(rig.client.sentAhead()).isZero();
        }
    }

    private static Peer connectHeard(LinkRig rig) throws Exception {
        rig.hearsFirst = true;
        return rig.connect();
    }

    @Test
    void areSaidAgainToAnotherEgress() throws Exception {
        try (LinkRig rig = new LinkRig()) {
            rig.expect(rig.order(Network.TCP, rig.destination.getLocalPort()));
            rig.expect(rig.order(Network.TCP, rig.destination.getLocalPort()));
            rig.egress.fails = new SessionFailure(CloseCause.DIAL_TIMEOUT, "a failure that the test wants");
            rig.egress.onDial = () -> rig.egress.fails = null;
            byte[] bytes = hello(1_000, 20_000);
            try (Peer near = connectHeard(rig)) {
                near.send(bytes);
                near.finish();
                try (Peer far = rig.accept()) {
                    assertThat(Arrays.equals(far.readToEnd().bytes(), bytes)).isTrue();
                }
            }
            assertThat(rig.egress.dials).hasValue(2);
            assertThat(rig.client.sentAhead()).isEqualTo(2);
        }
    }

    @Test
    void whatHasLeftIsDroppedAcrossWrites() {
        EmbeddedChannel channel = new EmbeddedChannel(new SentAheadHandler(HEAD));
        for (String text : new String[] {"ab", "", "cde", "fg"}) {
            channel.writeOutbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        }
        channel.writeOutbound(Unpooled.copiedBuffer("h", StandardCharsets.US_ASCII));
        assertThat(text(channel)).isEqualTo("fgh");
        assertThat(channel.pipeline().get(SentAheadHandler.class)).isNull();

        EmbeddedChannel other = new EmbeddedChannel(new SentAheadHandler(HEAD));
        other.writeOutbound(Unpooled.copiedBuffer("abcdefgh", StandardCharsets.US_ASCII));
        assertThat(text(other)).isEqualTo("fgh");
    }

    private static String text(EmbeddedChannel channel) {
        StringBuilder text = new StringBuilder();
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            text.append(next.toString(StandardCharsets.US_ASCII));
            next.release();
        }
        channel.finishAndReleaseAll();
        return text.toString();
    }
}
