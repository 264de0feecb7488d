package io.culvert.wire.kcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.testkit.Vectors;
import io.culvert.wire.packet.Disguise;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the reference implementation writes, reads and refuses. */
class KcpVectorsTest {
    private static final JsonNode DATA = Vectors.load("mkcp_segments.json").required("data");
    private static final HexFormat HEX = HexFormat.of();

    @Test
    void segmentsAreReadAndWrittenAlike() {
        for (JsonNode vector : DATA.required("segments")) {
            byte[] bytes = Vectors.hex(vector, "segment_hex");
            KcpSegments in = new KcpSegments();
            in.start(bytes, bytes.length);
            assertThat(in.next()).as(vector.required("name").textValue()).isTrue();
            assertThat(in.conversation()).isEqualTo(vector.required("conv").intValue());
            assertThat(in.command()).isEqualTo(vector.required("command").intValue());
            byte[] out = new byte[bytes.length];
            int length = write(vector, in, out);
            assertThat(length).isEqualTo(bytes.length);
            assertThat(out).isEqualTo(bytes);
            assertThat(in.next()).isFalse();
        }
    }

    private static int write(JsonNode vector, KcpSegments in, byte[] out) {
        int conversation = vector.required("conv").intValue();
        int option = vector.required("option").intValue();
        assertThat(in.closed()).isEqualTo(option == 1);
        return switch (in.command()) {
            case KcpSegments.DATA -> {
                byte[] payload = Vectors.hex(vector, "payload_hex");
                assertThat(in.dataTimestamp()).isEqualTo(number(vector, "timestamp"));
                assertThat(in.dataNumber()).isEqualTo(number(vector, "number"));
                assertThat(in.dataSendingNext()).isEqualTo(number(vector, "sending_next"));
                assertThat(Arrays.copyOfRange(in.array(), in.dataAt(), in.dataAt() + in.dataLength()))
                        .isEqualTo(payload);
                KcpSegments.writeData(
                        out,
                        0,
                        conversation,
                        option,
                        number(vector, "timestamp"),
                        number(vector, "number"),
                        number(vector, "sending_next"),
                        payload.length);
                System.arraycopy(payload, 0, out, KcpSegments.DATA_HEADER, payload.length);
                yield KcpSegments.DATA_HEADER + payload.length;
            }
            case KcpSegments.ACK -> {
                JsonNode numbers = vector.required("numbers");
                assertThat(in.ackWindow()).isEqualTo(number(vector, "receiving_window"));
                assertThat(in.ackReceivingNext()).isEqualTo(number(vector, "receiving_next"));
                assertThat(in.ackTimestamp()).isEqualTo(number(vector, "timestamp"));
                assertThat(in.ackCount()).isEqualTo(numbers.size());
                for (int i = 0; i < numbers.size(); i++) {
                    assertThat(in.ackNumber(i)).isEqualTo((int) numbers.get(i).longValue());
                    Bytes.putInt(out, KcpSegments.ACK_HEADER + 4 * i, in.ackNumber(i));
                }
                yield KcpSegments.writeAck(
                        out,
                        0,
                        conversation,
                        option,
                        in.ackWindow(),
                        in.ackReceivingNext(),
                        in.ackTimestamp(),
                        in.ackCount());
            }
            default -> {
                assertThat(in.commandSendingNext()).isEqualTo(number(vector, "sending_next"));
                assertThat(in.commandReceivingNext()).isEqualTo(number(vector, "receiving_next"));
                assertThat(in.commandPeerRto()).isEqualTo(number(vector, "peer_rto"));
                yield KcpSegments.writeCommand(
                        out,
                        0,
                        conversation,
                        in.command(),
                        option,
                        in.commandSendingNext(),
                        in.commandReceivingNext(),
                        in.commandPeerRto());
            }
        };
    }

    private static int number(JsonNode vector, String field) {
        return (int) vector.required(field).longValue();
    }

    @Test
    void packetsWithoutSeed() {
        for (JsonNode vector : DATA.required("simple_packets")) {
            packet(vector, Disguise.NONE, null);
        }
    }

    @Test
    void packetsWithSeed() {
        for (JsonNode vector : DATA.required("seed_packets")) {
            packet(vector, Disguise.NONE, vector.required("seed").textValue());
        }
    }

    @Test
    void packetsWithEveryDisguise() {
        for (JsonNode vector : DATA.required("full_packets")) {
            String name = vector.required("header").textValue().toUpperCase(Locale.ROOT);
            packet(
                    vector,
                    Disguise.valueOf(name.replace('-', '_')),
                    vector.required("seed").textValue());
        }
    }

    private static void packet(JsonNode vector, Disguise disguise, @Nullable String seed) {
        byte[] packet = Vectors.hex(vector, "packet_hex");
        byte[] segments = Vectors.hex(vector, "segments_hex");
        KcpPackets packets = new KcpPackets(disguise, seed, new Random(1));
        assertThat(opened(packets, packet)).isEqualTo(HEX.formatHex(segments));

        System.arraycopy(segments, 0, packets.outgoing(), KcpPackets.AT, segments.length);
        ByteBuf sealed = Unpooled.buffer();
        packets.seal(segments.length, sealed);
        byte[] own = bytes(sealed);
        assertThat(own).hasSameSizeAs(packet);
        if (seed == null) {
            assertThat(HEX.formatHex(own, disguise.size(), own.length))
                    .isEqualTo(HEX.formatHex(packet, disguise.size(), packet.length));
        } else {
            assertThat(opened(packets, own)).isEqualTo(HEX.formatHex(segments));
            own[own.length - 1] ^= 1;
            assertThat(opened(packets, own)).isNull();
        }
    }

    private static @Nullable String opened(KcpPackets packets, byte[] packet) {
        int length = packets.open(Unpooled.wrappedBuffer(packet));
        return length < 0 ? null : HEX.formatHex(packets.incoming(), 0, length);
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        return bytes;
    }

    @Test
    void whatIsRefused() {
        KcpPackets packets = new KcpPackets(Disguise.NONE, null, new Random(1));
        for (JsonNode vector : DATA.required("packet_rejects")) {
            int length = packets.open(Unpooled.wrappedBuffer(Vectors.hex(vector, "packet_hex")));
            int segments = 0;
            if (length >= 0) {
                KcpSegments in = new KcpSegments();
                in.start(packets.incoming(), length);
                while (in.next()) {
                    segments++;
                }
            }
            assertThat(segments)
                    .as(vector.required("name").textValue())
                    .isEqualTo(vector.required("segments_read").intValue());
        }
    }

    @Test
    void windows() {
        for (JsonNode vector : DATA.required("windows")) {
            KcpParameters parameters = KcpParameters.of(
                    vector.required("mtu").intValue(),
                    vector.required("tti").intValue(),
                    0,
                    KcpProtection.CHECKSUM,
                    vector.required("uplink_capacity").intValue() << 20,
                    vector.required("downlink_capacity").intValue() << 20,
                    vector.required("read_buffer_bytes").intValue(),
                    vector.required("write_buffer_bytes").intValue(),
                    false);
            assertThat(parameters.sendingInFlight())
                    .isEqualTo(vector.required("sending_in_flight").intValue());
            assertThat(parameters.receivingInFlight())
                    .isEqualTo(vector.required("receiving_in_flight").intValue());
            assertThat(parameters.sendBuffer())
                    .isEqualTo(vector.required("sending_buffer_segments").intValue());
        }
    }

    @Test
    void roundTripEstimator() {
        for (JsonNode vector : DATA.required("rtt")) {
            RoundTrip roundTrip = new RoundTrip(vector.required("min_rtt").intValue(), 0);
            assertThat(roundTrip.rto()).isEqualTo(vector.required("initial_rto").intValue());
            long now = 0;
            for (JsonNode step : vector.required("steps")) {
                now = step.required("now_ms").longValue();
                roundTrip.sample(step.required("sample_ms").intValue(), now);
                assertThat(roundTrip.srtt()).isEqualTo(step.required("srtt").intValue());
                assertThat(roundTrip.variation())
                        .isEqualTo(step.required("variation").intValue());
                assertThat(roundTrip.rto()).isEqualTo(step.required("rto").intValue());
            }
            roundTrip.peerRto(333, now + 2_999);
            assertThat(roundTrip.rto())
                    .isEqualTo(vector.required("peer_rto_333_after_2999ms").intValue());
            roundTrip.peerRto(444, now + 3_000);
            assertThat(roundTrip.rto())
                    .isEqualTo(vector.required("peer_rto_444_after_3000ms").intValue());
        }
    }
}
