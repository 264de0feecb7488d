package io.culvert.wire.packet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The wrapping of QUIC datagrams against the reference's. */
class QuicPacketsTest {
    private static final RandomGenerator RANDOM = RandomGenerator.of("L64X128MixRandom");

    static Stream<Named<JsonNode>> cases() {
        return StreamSupport.stream(
                        Vectors.load("quic_packets.json").required("cases").spliterator(), false)
                .map(it -> Named.of(
                        it.required("header").textValue() + " "
                                + it.required("security").textValue(),
                        it));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void packets_are_those_of_the_reference(JsonNode vector) {
        JsonNode packets = vector.required("packets_hex");
        DisguiseHeader header = headerBefore(disguise(vector), packets.get(0).textValue());
        PacketSeal seal = seal(vector, new Nonces(vector));
        byte[] datagram = Vectors.hex(vector, "quic_datagram_hex");
        for (JsonNode expected : packets) {
            ByteBuf in = Unpooled.wrappedBuffer(datagram);
            ByteBuf out = Unpooled.buffer();
            header.write(out);
            if (seal == null) {
                out.writeBytes(in);
            } else {
                seal.seal(in, datagram.length, out);
            }
            assertThat(in.isReadable()).isFalse();
            assertThat(ByteBufUtil.hexDump(out)).isEqualTo(expected.textValue());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void packets_of_the_reference_are_opened(JsonNode vector) {
        PacketSeal seal = seal(vector, RANDOM);
        for (JsonNode packet : vector.required("packets_hex")) {
            // Twice: a network may deliver a packet again.
            for (int i = 0; i < 2; i++) {
                ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex(packet.textValue()));
                in.skipBytes(disguise(vector).size());
                assertThat(seal == null || seal.open(in)).isTrue();
                assertThat(ByteBufUtil.hexDump(in))
                        .isEqualTo(vector.required("quic_datagram_hex").textValue());
            }
        }
    }

    @Test
    void a_packet_under_another_key_is_not_opened() {
        ByteBuf sealed = Unpooled.buffer();
        PacketSeal.quicAes128Gcm("one", RANDOM).seal(Unpooled.wrappedBuffer(new byte[100]), 100, sealed);
        assertThat(PacketSeal.quicAes128Gcm("other", RANDOM).open(sealed.copy()))
                .isFalse();
        assertThat(PacketSeal.quicChacha20Poly1305("one", RANDOM).open(sealed.copy()))
                .isFalse();
        assertThat(PacketSeal.quicAes128Gcm("one", RANDOM).open(sealed)).isTrue();
    }

    @Test
    void a_packet_has_a_least_and_a_greatest_length() {
        PacketSeal seal = PacketSeal.quicAes128Gcm("key", RANDOM);
        assertThat(seal.open(Unpooled.buffer().writeZero(PacketSeal.OVERHEAD - 1)))
                .isFalse();
        assertThat(seal.open(Unpooled.buffer().writeZero(PacketSeal.MAX_SEALED + 1)))
                .isFalse();
        ByteBuf longest = Unpooled.buffer();
        int length = PacketSeal.MAX_SEALED - PacketSeal.OVERHEAD;
        seal.seal(Unpooled.buffer().writeZero(length), length, longest);
        assertThat(seal.open(longest)).isTrue();
        assertThat(longest.readableBytes()).isEqualTo(length);
    }

    @Test
    void more_packets_than_nonces_are_drawn_at_once() {
        PacketSeal seal = PacketSeal.quicAes128Gcm("key", RANDOM);
        for (int i = 0; i < 200; i++) {
            ByteBuf sealed = Unpooled.buffer();
            seal.seal(Unpooled.copyInt(i), Integer.BYTES, sealed);
            assertThat(seal.open(sealed)).isTrue();
            assertThat(sealed.readInt()).isEqualTo(i);
        }
    }

    @Test
    void the_length_of_a_dtls_record_rises_and_falls() {
        DisguiseHeader header = new DisguiseHeader(Disguise.DTLS, 1);
        int[] lengths = new int[8];
        for (int i = 0; i < lengths.length; i++) {
            ByteBuf out = Unpooled.buffer();
            header.write(out);
            lengths[i] = out.getUnsignedShort(11);
        }
        assertThat(lengths).containsExactly(17, 34, 51, 68, 85, 52, 69, 86);
    }

    @Test
    void every_header_has_its_size() {
        for (Disguise disguise : Disguise.values()) {
            ByteBuf out = Unpooled.buffer();
            DisguiseHeader header = new DisguiseHeader(disguise, RANDOM);
            header.write(out);
            assertThat(out.readableBytes()).isEqualTo(disguise.size()).isEqualTo(header.size());
        }
    }

    private static Disguise disguise(JsonNode vector) {
        return Disguise.valueOf(
                vector.required("header").textValue().toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** The header as it stood before it made the first packet. */
    private static DisguiseHeader headerBefore(Disguise disguise, String packet) {
        ByteBuf first = Unpooled.wrappedBuffer(HexFormat.of().parseHex(packet));
        return new DisguiseHeader(
                disguise,
                switch (disguise) {
                    case NONE, WIREGUARD -> 0;
                    case SRTP -> first.getUnsignedShort(2) - 1;
                    case UTP -> first.getUnsignedShort(0);
                    case WECHAT_VIDEO -> first.getInt(2) - 1;
                    case DTLS -> first.getUnsignedShort(3);
                });
    }

    private static @Nullable PacketSeal seal(JsonNode vector, RandomGenerator random) {
        String key = vector.required("key").textValue();
        return switch (vector.required("security").textValue()) {
            case "none" -> null;
            case "aes-128-gcm" -> PacketSeal.quicAes128Gcm(key, random);
            case "chacha20-poly1305" -> PacketSeal.quicChacha20Poly1305(key, random);
            default -> throw new IllegalArgumentException(vector.toString());
        };
    }

    /** Gives the nonces that the reference drew. */
    private record Nonces(JsonNode vector) implements RandomGenerator {
        @Override
        public long nextLong() {
            throw new AssertionError("nonces are drawn as bytes");
        }

        @Override
        public void nextBytes(byte[] bytes) {
            ByteBuf drawn = Unpooled.wrappedBuffer(bytes).clear();
            for (JsonNode nonce : vector.required("nonces_hex")) {
                drawn.writeBytes(HexFormat.of().parseHex(nonce.textValue()));
            }
        }
    }
}
