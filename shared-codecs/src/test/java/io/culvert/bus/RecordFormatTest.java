package io.culvert.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.DialOrder;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.UserRef;
import io.culvert.testkit.Nodes;
import io.culvert.wire.Decoded;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordFormatTest {
    private static final int ROUNDS = 2_000;

    /** That of the samples' configuration. */
    private static final String VERSION = "0000000000000007" + "0000000000000008" + "fffffffffffffff7";

    /** A format with one value of it, its bytes, and a source of random values. */
    record Kind<T>(String name, RecordFormat<T> format, T sample, String hex, Function<Random, T> values) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Kind<?>> kinds() {
        return Stream.of(
                new Kind<>(
                        "descriptor",
                        ControlFormats.DESCRIPTOR,
                        Samples.DESCRIPTOR,
                        "01" + "0102030405060708" + "0006656467652d31" + "0008766d6573732d696e" + "01c00002079c40"
                                + "0102000b6578616d706c652e636f6d01bb" + "00"
                                + "01000e6c6f76654076327261792e636f6d00000003"
                                + "010003746c73",
                        Samples::descriptor),
                new Kind<>(
                        "question",
                        ControlFormats.QUESTION,
                        Samples.QUESTION,
                        "02" + "0102030405060708" + "0006656467652d31" + "0008766d6573732d696e" + "01c00002079c40"
                                + "0102000b6578616d706c652e636f6d01bb" + "00"
                                + "01000e6c6f76654076327261792e636f6d00000003"
                                + "010003746c73" + "01" + "0006657869742d39" + "0000000000000007" + "02",
                        random -> new RouteQuestion(Samples.descriptor(random), List.of("exit-9"), random.nextLong())),
                new Kind<>(
                        "forward",
                        ControlFormats.DECISION,
                        Samples.FORWARD,
                        "02" + "01" + "0006657869742d32" + "0006646972656374"
                                + "020320010db80000000000000000000000010035" + "00000000000493e0" + "00000000000003e8"
                                + "00000000000007d0" + "00010000"
                                + "01" + "010a0000061d13"
                                + "73d51abbd89cb8196f0efb6892f94d68fccc2c35f0b84609e5f12c55dd85aba8d5d9bef76808f3b572e5900112b81927ba5bb5f67e1bda28"
                                + "01" + VERSION,
                        Samples::decision),
                new Kind<>(
                        "link order",
                        ControlFormats.LINK_ORDER,
                        Samples.LINK_ORDER,
                        "02"
                                + "73d51abbd89cb8196f0efb6892f94d68fccc2c35f0b84609e5f12c55dd85aba8d5d9bef76808f3b572e5900112b81927ba5bb5f67e1bda28"
                                + "0006657869742d32" + "0006646972656374"
                                + "020320010db80000000000000000000000010035" + "00000000000493e0" + "00000000000003e8"
                                + "00000000000007d0" + "00010000"
                                + "0102030405060708" + "0006656467652d31" + "0008766d6573732d696e" + "01c00002079c40"
                                + "0102000b6578616d706c652e636f6d01bb" + "00"
                                + "01000e6c6f76654076327261792e636f6d00000003"
                                + "010003746c73" + "01" + VERSION,
                        Samples::linkOrder),
                new Kind<>("refuse", ControlFormats.DECISION, Samples.REFUSE, "02020d", Samples::decision),
                new Kind<>(
                        "node status",
                        ControlFormats.NODE_STATUS,
                        Samples.STATUS,
                        "01" + "0006657869742d32" + "0000000000000007" + "04" + "0001" + "0006646972656374" + "000004d2"
                                + "00" + "0064" + "00" + "00" + "00" + "01" + "0000000000000008" + "fffffffffffffff7"
                                + "0000000a" + "0000000000000006",
                        Samples::status),
                new Kind<>(
                        "config message",
                        new ConfigMessageFormat(),
                        new ConfigMessage(
                                ConfigMessage.Kind.PREPARE,
                                "a.1/1",
                                new ConfigVersion(7, 8, -9),
                                List.of(new ConfigMessage.Text("a", "{}")),
                                List.of("x"),
                                List.of(new ConfigVersion(6, 5, 4))),
                        "01" + "01" + "0005612e312f31" + "0000000000000007" + "0001" + "000161" + "000000027b7d"
                                + "0001" + "0000000178" + "0000000000000008" + "fffffffffffffff7" + "01"
                                + "0000000000000006" + "0000000000000005" + "0000000000000004",
                        Samples::configMessage));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    <T> void writesTheBytesThatOtherNodesExpect(Kind<T> kind) {
        assertThat(HexFormat.of().formatHex(kind.format().encode(kind.sample())))
                .isEqualTo(kind.hex());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    <T> void readsWhatItWrote(Kind<T> kind) {
        Random random = new Random(1);
        for (int i = 0; i < ROUNDS; i++) {
            T value = kind.values().apply(random);
            assertThat(kind.format().decode(kind.format().encode(value))).isEqualTo(Decoded.complete(value));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    <T> void refusesAMessageThatIsCutAnywhere(Kind<T> kind) {
        byte[] whole = kind.format().encode(kind.sample());
        for (int length = 0; length < whole.length; length++) {
            assertThat(kind.format().decode(Arrays.copyOf(whole, length)))
                    .as("first %d of %d bytes", length, whole.length)
                    .isInstanceOf(Decoded.Malformed.class);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    <T> void survivesEveryFlippedBit(Kind<T> kind) {
        byte[] whole = kind.format().encode(kind.sample());
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit >> 3] ^= (byte) (1 << (bit & 7));
            assertThat(kind.format().decode(flipped))
                    .as("bit %d", bit)
                    .isInstanceOfAny(Decoded.Complete.class, Decoded.Malformed.class);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    <T> void survivesNoise(Kind<T> kind) {
        Random random = new Random(2);
        for (int i = 0; i < ROUNDS; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            if (noise.length > 0) {
                noise[0] = (byte) kind.format().version();
            }
            assertThat(kind.format().decode(noise)).isInstanceOfAny(Decoded.Complete.class, Decoded.Malformed.class);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    <T> void readsFromANewerVersionWhatItKnows(Kind<T> kind) {
        byte[] newer = append(kind.format().encode(kind.sample()), "a field of tomorrow".length());
        newer[0] = (byte) (kind.format().version() + 1);
        assertThat(kind.format().decode(newer)).isEqualTo(Decoded.complete(kind.sample()));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    <T> void refusesBytesBehindTheLastFieldOfItsOwnVersion(Kind<T> kind) {
        assertThat(kind.format().decode(append(kind.format().encode(kind.sample()), 1)))
                .isInstanceOf(Decoded.Malformed.class);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    <T> void refusesVersionZero(Kind<T> kind) {
        byte[] bytes = kind.format().encode(kind.sample());
        bytes[0] = 0;
        assertThat(kind.format().decode(bytes)).isInstanceOf(Decoded.Malformed.class);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    <T> void refusesAMessageAboveItsLimit(Kind<T> kind) {
        byte[] newer = append(kind.format().encode(kind.sample()), kind.format().maxBytes());
        newer[0] = (byte) (kind.format().version() + 1);
        assertThat(kind.format().decode(newer)).isInstanceOf(Decoded.Malformed.class);
    }

    /** Messages of the version before lack what was appended; both ends do without it then. */
    @Test
    void readsWhatNodesOfTheVersionBeforeWrite() {
        int config = 1 + VERSION.length() / 2;
        RouteDecision.Forward forward = (RouteDecision.Forward) Samples.FORWARD;
        assertThat(ControlFormats.DECISION.decode(before(ControlFormats.DECISION, forward, config)))
                .isEqualTo(Decoded.complete(new RouteDecision.Forward(
                        forward.egressNode(),
                        forward.outboundTag(),
                        forward.target(),
                        forward.policy(),
                        forward.link(),
                        null)));
        DialOrder order = Samples.LINK_ORDER.order();
        DialOrder without = new DialOrder(
                order.session(), order.egressNode(), order.outboundTag(), order.target(), order.policy(), null, null);
        assertThat(ControlFormats.LINK_ORDER.decode(before(ControlFormats.LINK_ORDER, Samples.LINK_ORDER, config)))
                .isEqualTo(Decoded.complete(new LinkOrder(without, Samples.LINK_ORDER.ticket())));
        RouteQuestion question = Samples.QUESTION;
        assertThat(ControlFormats.QUESTION.decode(before(ControlFormats.QUESTION, question, 1)))
                .isEqualTo(Decoded.complete(
                        new RouteQuestion(question.session(), question.failedEgresses(), question.epoch(), 1)));
    }

    /** The bytes of a value as a node wrote them to whose format some were appended. */
    private static <T> byte[] before(RecordFormat<T> format, T value, int appended) {
        byte[] now = format.encode(value);
        byte[] then = Arrays.copyOf(now, now.length - appended);
        then[0] = RecordFormat.FIRST_VERSION;
        return then;
    }

    @Test
    void fillsAMessageToItsLimitAndNoFurther() {
        int room = RecordFormat.MAX_BYTES - ControlFormats.DESCRIPTOR.encode(withEmail("")).length;
        SessionDescriptor longest = withEmail("e".repeat(room));
        SessionDescriptor tooLong = withEmail("e".repeat(room + 1));

        assertThat(ControlFormats.DESCRIPTOR.encode(longest)).hasSize(RecordFormat.MAX_BYTES);
        assertThat(ControlFormats.DESCRIPTOR.fits(longest)).isTrue();
        assertThat(ControlFormats.DESCRIPTOR.fits(tooLong)).isFalse();
        assertThatThrownBy(() -> ControlFormats.DESCRIPTOR.encode(tooLong)).isInstanceOf(BusFormatException.class);
        assertThatThrownBy(() -> ControlFormats.DESCRIPTOR.encode(withEmail("e".repeat(10_000_000))))
                .isInstanceOf(BusFormatException.class);
    }

    @Test
    void announcesHundredsOfOutbounds() {
        Set<String> tags = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            tags.add("an outbound of a subscription " + i);
        }
        NodeStatus status = Nodes.egress("exit", 1, tags, 0, false, 1);
        assertThat(ControlFormats.NODE_STATUS.decode(ControlFormats.NODE_STATUS.encode(status)))
                .isEqualTo(Decoded.complete(status));
    }

    @Test
    void takesACauseThatItDoesNotKnowForAnInternalFault() {
        assertThat(ControlFormats.DECISION.decode(new byte[] {1, 2, (byte) 200}))
                .isEqualTo(Decoded.complete(new RouteDecision.Refuse(CloseCause.INTERNAL)));
    }

    @Test
    void neverTakesAnUnknownOriginForATrustedOne() {
        byte[] bytes = ControlFormats.DESCRIPTOR.encode(Samples.DESCRIPTOR);
        int origin = HexFormat.of().formatHex(bytes).indexOf("01bb00") / 2 + 2;
        bytes[origin] = 2;
        assertThat(ControlFormats.DESCRIPTOR.decode(bytes)).isInstanceOf(Decoded.Malformed.class);
    }

    private static SessionDescriptor withEmail(String email) {
        SessionDescriptor it = Samples.DESCRIPTOR;
        return new SessionDescriptor(
                it.id(),
                it.ingressNode(),
                it.inboundTag(),
                it.source(),
                it.target(),
                it.origin(),
                new UserRef(email, 0),
                it.protocol());
    }

    private static byte[] append(byte[] bytes, int count) {
        return Arrays.copyOf(bytes, bytes.length + count);
    }
}
