package io.culvert.wire.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.testkit.Vectors;
import io.culvert.wire.ws.WsFrameReader.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WsFrameReaderTest {
    private static final int SEQUENCES = 60;

    /** What a reader made of some bytes. */
    static final class Reading implements WsFrameReader.Controls {
        final WsFrameReader reader;
        final ByteArrayOutputStream stream = new ByteArrayOutputStream();
        final List<String> controls = new ArrayList<>();
        Status status = Status.MORE;

        Reading(boolean fromClient) {
            reader = new WsFrameReader(fromClient);
        }

        Reading feed(byte[] bytes, int from, int length) {
            // Something in front, so that an index is never by chance a position.
            ByteBuf in = Unpooled.directBuffer().writeZero(3).writeBytes(bytes, from, length);
            in.skipBytes(3);
            status = reader.read(in, this);
            byte[] payload = new byte[in.readableBytes()];
            in.readBytes(payload);
            stream.writeBytes(payload);
            in.release();
            return this;
        }

        Reading feed(byte[] bytes) {
            return feed(bytes, 0, bytes.length);
        }

        @Override
        public void ping(byte[] payload, int length) {
            controls.add("ping " + HexFormat.of().formatHex(payload, 0, length));
        }

        @Override
        public void pong(byte[] payload, int length) {
            controls.add("pong " + HexFormat.of().formatHex(payload, 0, length));
        }
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    @Test
    void takes_what_clients_of_the_reference_send() {
        for (JsonNode server : Vectors.load("websocket.json").required("server")) {
            JsonNode sends = server.required("client_sends_hex");
            Reading reading = new Reading(true);
            for (int i = 1; i < sends.size(); i++) {
                reading.feed(HexFormat.of().parseHex(sends.get(i).textValue()));
            }
            String name = server.required("name").textValue();
            assertThat(reading.controls).as(name).isEqualTo(name.startsWith("ping") ? List.of("ping 7070") : List.of());
            boolean closes = name.equals("right path, binary frames");
            assertThat(reading.status).as(name).isEqualTo(closes ? Status.CLOSED : Status.MORE);
            if (sends.size() > 1 && !name.startsWith("ping")) {
                assertThat(reading.stream.toByteArray())
                        .as(name)
                        .startsWith(hex("00 b831381d63244d53ad4f8cda48b30811 00 01"))
                        .endsWith("data".getBytes(StandardCharsets.US_ASCII));
            }
        }
    }

    @Test
    void takes_text_fragments_and_controls_between_them() {
        Reading reading =
                new Reading(false).feed(hex("01 02 6162" + "89 01 70" + "00 00" + "80 01 63" + "8a 00" + "82 01 64"));
        assertThat(reading.stream.toString(StandardCharsets.US_ASCII)).isEqualTo("abcd");
        assertThat(reading.controls).containsExactly("ping 70", "pong ");
        assertThat(reading.status).isEqualTo(Status.MORE);
        assertThat(reading.reader.inFrame()).isFalse();
    }

    @Test
    void delivers_what_stands_before_a_close_frame_and_nothing_behind_it() {
        Reading reading = new Reading(false).feed(hex("82 01 61" + "88 02 03e8" + "82 01 62"));
        assertThat(reading.stream.toByteArray()).isEqualTo(hex("61"));
        assertThat(reading.status).isEqualTo(Status.CLOSED);
        reading.feed(hex("82 01 63"));
        assertThat(reading.stream.size()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "82 81 00000000 61", // masked by a server
                "c2 01 61", // a reserved bit
                "83 01 61", // a reserved opcode
                "8b 00",
                "09 00", // a fragmented ping
                "89 7e 0080", // a long ping
                "88 01 03", // half a status
                "80 01 61", // a continuation of nothing
                "02 01 61 82 01 62", // a message inside a message
                "82 7f 8000000000000000", // a length with its highest bit
            })
    void refuses_what_breaks_the_rules(String bytes) {
        assertThat(new Reading(false).feed(hex(bytes)).status).isEqualTo(Status.FAULT);
    }

    @Test
    void refuses_a_client_that_does_not_mask() {
        assertThat(new Reading(true).feed(hex("82 01 61")).status).isEqualTo(Status.FAULT);
    }

    @Test
    void a_declared_length_is_no_promise_of_memory() {
        Reading reading = new Reading(false).feed(hex("82 7f 7fffffffffffffff 61"));
        assertThat(reading.stream.toByteArray()).isEqualTo(hex("61"));
        assertThat(reading.reader.inFrame()).isTrue();
    }

    @Test
    void says_whether_it_stands_in_a_frame() {
        Reading reading = new Reading(false);
        assertThat(reading.feed(hex("82")).reader.inFrame()).isTrue();
        assertThat(reading.feed(hex("01")).reader.inFrame()).isTrue();
        assertThat(reading.feed(hex("61")).reader.inFrame()).isFalse();
    }

    /** Frames of all lengths, fragmented and with controls between, in pieces of any size: the stream comes out as it went in. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void any_frames_in_any_pieces(boolean fromClient) {
        Random random = new Random(7);
        for (int sequence = 0; sequence < SEQUENCES; sequence++) {
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            byte[] wire = frames(random, fromClient, expected);
            Reading reading = new Reading(fromClient);
            int most = wire.length < 5_000 ? 1 : 1 + wire.length / (1 + random.nextInt(200));
            for (int at = 0; at < wire.length; ) {
                int piece = Math.min(wire.length - at, 1 + random.nextInt(most));
                reading.feed(wire, at, piece);
                at += piece;
            }
            assertThat(reading.status).isEqualTo(Status.MORE);
            assertThat(reading.reader.inFrame()).isFalse();
            assertThat(reading.stream.toByteArray()).isEqualTo(expected.toByteArray());
        }
    }

    private static byte[] frames(Random random, boolean masked, ByteArrayOutputStream expected) {
        ByteBuf wire = Unpooled.buffer();
        int count = 1 + random.nextInt(12);
        for (int i = 0; i < count; i++) {
            byte[] payload = new byte[random.nextInt(4) == 0 ? random.nextInt(70_000) : random.nextInt(200)];
            random.nextBytes(payload);
            expected.writeBytes(payload);
            int mask = random.nextInt();
            if (masked) {
                WsFrames.writeMaskedBinary(wire, payload.length, mask);
                ByteBuf body = Unpooled.wrappedBuffer(payload.clone());
                WsFrames.mask(body, mask);
                wire.writeBytes(body);
                WsFrames.writeMaskedPong(wire, payload, Math.min(payload.length, 125), mask);
            } else {
                WsFrames.writeBinary(wire, payload.length);
                wire.writeBytes(payload);
                WsFrames.writePong(wire, payload, Math.min(payload.length, 125));
            }
        }
        byte[] bytes = new byte[wire.readableBytes()];
        wire.readBytes(bytes);
        return bytes;
    }

    @Test
    void close_frames_are_those_of_the_reference() {
        ByteBuf out = Unpooled.buffer();
        WsFrames.writeClose(out, WsFrames.NORMAL_CLOSURE);
        assertThat(out).isEqualTo(Unpooled.wrappedBuffer(hex("88 02 03e8")));
        Reading reading = new Reading(true);
        ByteBuf masked = Unpooled.buffer();
        WsFrames.writeMaskedClose(masked, WsFrames.NORMAL_CLOSURE, 0x12345678);
        byte[] bytes = new byte[masked.readableBytes()];
        masked.readBytes(bytes);
        assertThat(reading.feed(bytes).status).isEqualTo(Status.CLOSED);
    }
}
