package io.culvert.wire.socks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.testkit.Vectors;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SocksDatagramsTest {

    static Stream<JsonNode> vectors() {
        JsonNode cases = Vectors.load("socks.json").required("data").required("udp");
        return StreamSupport.stream(cases.spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void readsAndWritesTheReferencePackets(JsonNode vector) {
        byte[] packet = Vectors.hex(vector, "packet_hex");
        ByteBuf in = Unpooled.wrappedBuffer(packet);
        Decoded<Destination> result = SocksDatagrams.readHeader(in);
        if (vector.required("result").textValue().equals("dropped")) {
            assertThat(result).isInstanceOf(Decoded.Malformed.class);
            return;
        }
        assertThat(result).isInstanceOf(Decoded.Complete.class);
        if (!vector.has("address")) {
            return;
        }
        Destination peer = Destination.udp(
                Address.parse(vector.required("address").textValue()),
                vector.required("port").intValue());
        assertThat(result).isEqualTo(Decoded.complete(peer));
        assertThat(ByteBufUtil.hexDump(in))
                .isEqualTo(vector.required("payload_hex").textValue());
        ByteBuf out = Unpooled.buffer();
        SocksDatagrams.writeHeader(out, peer);
        assertThat(out.readableBytes()).isEqualTo(SocksDatagrams.headerLength(peer));
        assertThat(ByteBufUtil.hexDump(out.writeBytes(in))).isEqualTo(ByteBufUtil.hexDump(packet));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void aPacketCutInItsHeaderOrEmptyIsDropped(JsonNode vector) {
        byte[] packet = Vectors.hex(vector, "packet_hex");
        int header = packet.length - (vector.has("payload_hex") ? Vectors.hex(vector, "payload_hex").length : 1);
        for (int length = 0; length <= header; length++) {
            assertThat(SocksDatagrams.readHeader(Unpooled.wrappedBuffer(packet, 0, length)))
                    .isInstanceOf(Decoded.Malformed.class);
        }
    }

    @Test
    void theLongestHeaderIsTheOneOfTheLongestDomain() {
        Destination peer = Destination.udp(new Address.Domain("a".repeat(255)), 1);
        assertThat(SocksDatagrams.headerLength(peer)).isEqualTo(SocksDatagrams.MAX_HEADER_LENGTH);
    }
}
