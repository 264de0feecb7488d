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
            return Repeatable.bytesOf(first);
        } finally {
            first.release();
        }
    }

    private static int repeatable(String text) {
        return repeatable(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aClientHelloMayBeSaidTwice() {
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
        assertThat(repeatable(new byte[0])).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
                "HEAD /x HTTP/1.0\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n",
                "GET http://a.test/ HTTP/1.1\r\n\r\n"
            })
    void theHeadOfASafeRequestMayBeSaidTwice(String head) {
        assertThat(repeatable(head)).isEqualTo(head.length());
        assertThat(repeatable(head + "POST /pay HTTP/1.1\r\n\r\n"))
                .as("nothing behind it")
                .isEqualTo(head.length());
        assertThat(repeatable(head.substring(0, head.length() - 2)))
                .as("a part of it")
                .isEqualTo(head.length() - 2);
    }

    @Test
    void aLongHeadIsSentAheadInPart() {
        String head = "GET / HTTP/1.1\r\nCookie: " + "c".repeat(LinkLimits.SENT_AHEAD) + "\r\n\r\n";
        assertThat(repeatable(head)).isEqualTo(LinkLimits.SENT_AHEAD);
        assertThat(repeatable("GET /" + "p".repeat(LinkLimits.SENT_AHEAD) + " HTTP/1.1\r\n\r\n"))
                .as("a first line that is not whole")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1\r\nHost: a.test\r\n\r\n",
                "DELETE /x HTTP/1.1\r\n\r\n",
                "GETX / HTTP/1.1\r\n\r\n",
                "GET / HTTP/2.0\r\n\r\n",
                "GET / HTTP/1.1",
                "GET key\r\n",
                "GET \r\n HTTP/1.1\r\n\r\n",
                "HELO a.test\r\n",
                "SSH-2.0-x",
                "SSH-1.5-x\r\n",
                "SSH-2",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            })
    void whatDoesSomethingOrIsNotKnownIsSaidOnce(String text) {
        assertThat(repeatable(text)).isZero();
    }

    @Test
    void theVersionOfAnSshClientMayBeSaidTwice() {
        String line = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n";
        assertThat(repeatable(line)).isEqualTo(line.length());
        assertThat(repeatable(line + "\0\0\5")).as("without the key exchange").isEqualTo(line.length());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 40_000})
    void aRequestWithABodyArrivesOnce(int body) throws Exception {
        byte[] head = ("GET /x HTTP/1.1\r\nContent-Length: " + body + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = Arrays.copyOf(head, head.length + body);
        System.arraycopy(Payload.of(5, body), 0, bytes, head.length, body);
        try (LinkRig rig = new LinkRig();
                Peer near = connectHeard(rig)) {
            near.send(bytes);
            near.finish();
            try (Peer far = rig.accept()) {
                assertThat(Arrays.equals(far.readToEnd().bytes(), bytes)).isTrue();
            }
            assertThat(rig.client.sentAhead()).isEqualTo(1);
        }
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
