package io.culvert.wire.vless;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.model.CloseCause;
import io.culvert.testkit.Segments;
import io.culvert.testkit.Vectors;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What follows the request: the answer's header, and datagrams. */
class VlessStreamTest {

    static Stream<JsonNode> udp() {
        JsonNode cases = Vectors.load("vless_request.json").required("data").required("udp");
        return StreamSupport.stream(cases.spliterator(), false);
    }

    @Test
    void theAnswerIsTheReferenceOne() {
        JsonNode vector = Vectors.load("vless_request.json")
                .required("data")
                .required("responses")
                .get(0);
        ByteBuf out = Unpooled.buffer();
        VlessResponse.write(out);
        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(vector.required("header_hex").textValue());
        assertThat(VlessResponse.read(out)).isEqualTo(Decoded.complete(VlessResponse.ACCEPTED));
        assertThat(out.isReadable()).isFalse();
    }

    @Test
    void addonsOfAnAnswerAreSkippedAndPayloadIsLeft() {
        byte[] raw = HexFormat.of().parseHex("0003ffffff4142");
        for (int length = 0; length < 5; length++) {
            ByteBuf cut = Unpooled.wrappedBuffer(raw, 0, length);
            assertThat(VlessResponse.read(cut)).isEqualTo(Decoded.needMore());
            assertThat(cut.readableBytes()).isEqualTo(length);
        }
        ByteBuf in = Unpooled.wrappedBuffer(raw);
        assertThat(VlessResponse.read(in)).isEqualTo(Decoded.complete(VlessResponse.ACCEPTED));
        assertThat(in.readableBytes()).isEqualTo(2);
    }

    @Test
    void anotherVersionIsRefusedAtTheFirstByte() {
        assertThat(VlessResponse.read(Unpooled.wrappedBuffer(new byte[] {1})))
                .isInstanceOfSatisfying(
                        Decoded.Malformed.class,
                        malformed -> assertThat(malformed.cause()).isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED));
    }

    @ParameterizedTest
    @MethodSource("udp")
    void framesOfTheReferenceAreReadWhole(JsonNode vector) {
        List<String> sent = new ArrayList<>();
        // The reference drops what is longer than 2046 bytes when it sends, and splits what is longer than 2048 when it
        // reads; the frames on the wire are what counts here.
        for (String hex :
                frames(HexFormat.of().parseHex(vector.required("wire_hex").textValue()))) {
            sent.add(hex);
        }
        byte[] wire = Vectors.hex(vector, "wire_hex");
        for (long seed = 0; seed < 20; seed++) {
            List<String> got = new ArrayList<>();
            ByteBuf in = ByteBufAllocator.DEFAULT.buffer();
            if (seed == 0) {
                Segments.oneByOne(wire, in, buffer -> drain(buffer, got));
            } else {
                Segments.randomly(wire, seed, in, buffer -> drain(buffer, got));
            }
            assertThat(in.isReadable()).isFalse();
            assertThat(in.refCnt()).isEqualTo(1);
            in.release();
            assertThat(got).isEqualTo(sent);
        }
        String joined = String.join("", sent);
        StringBuilder reference = new StringBuilder();
        vector.required("reference_reads_hex").forEach(read -> reference.append(read.textValue()));
        assertThat(joined).isEqualTo(reference.toString());
    }

    @Test
    void theReferenceDatagramsAreFramedAlike() {
        JsonNode vector = udp().findFirst().orElseThrow();
        ByteBuf out = Unpooled.buffer();
        vector.required("datagrams_hex").forEach(hex -> {
            byte[] datagram = HexFormat.of().parseHex(hex.textValue());
            VlessDatagrams.writeHeader(out, datagram.length);
            out.writeBytes(datagram);
        });
        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(vector.required("wire_hex").textValue());
    }

    @Test
    void theLongestDatagramIsOneDatagram() {
        ByteBuf wire = Unpooled.buffer();
        VlessDatagrams.writeHeader(wire, VlessDatagrams.MAX_LENGTH);
        wire.writeZero(VlessDatagrams.MAX_LENGTH - 1);
        assertThat(VlessDatagrams.read(wire)).isNull();
        wire.writeByte(7);
        ByteBuf datagram = VlessDatagrams.read(wire);
        assertThat(datagram).isNotNull();
        assertThat(datagram.readableBytes()).isEqualTo(VlessDatagrams.MAX_LENGTH);
        datagram.release();
        wire.release();
    }

    @Test
    void whatDoesNotFitAFrameIsNotWritten() {
        assertThat(VlessDatagrams.fits(0)).isFalse();
        assertThat(VlessDatagrams.fits(65_536)).isFalse();
        assertThatThrownBy(() -> VlessDatagrams.writeHeader(Unpooled.buffer(), 65_536))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static boolean drain(ByteBuf in, List<String> got) {
        for (ByteBuf datagram = VlessDatagrams.read(in); datagram != null; datagram = VlessDatagrams.read(in)) {
            got.add(ByteBufUtil.hexDump(datagram));
            datagram.release();
        }
        return false;
    }

    private static List<String> frames(byte[] wire) {
        List<String> frames = new ArrayList<>();
        for (int at = 0; at < wire.length; ) {
            int length = ((wire[at] & 0xFF) << 8) | (wire[at + 1] & 0xFF);
            if (length > 0) {
                frames.add(HexFormat.of().formatHex(wire, at + 2, at + 2 + length));
            }
            at += 2 + length;
        }
        return frames;
    }
}
