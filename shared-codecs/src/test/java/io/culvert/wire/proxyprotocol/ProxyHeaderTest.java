package io.culvert.wire.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.testkit.Vectors;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
    private static final String V2 = "0d0a0d0a000d0a515549540a";

    static Stream<Named<JsonNode>> vectors() {
        JsonNode cases = Vectors.load("proxy_protocol_accept.json").required("cases");
        return StreamSupport.stream(cases.spliterator(), false)
                .map(one -> Named.of(one.required("name").textValue(), one));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void vectors(JsonNode vector) {
        byte[] bytes = Vectors.hex(vector, "bytes_hex");
        ByteBuf in = Unpooled.buffer();
        Decoded<ProxyHeader> last = Decoded.needMore();
        for (byte one : bytes) {
            in.writeByte(one);
            last = ProxyHeader.read(in);
            if (!(last instanceof Decoded.NeedMore<ProxyHeader>)) {
                break;
            }
            assertThat(in.readerIndex()).isZero();
        }
        if (vector.required("result").textValue().equals("accepted")) {
            assertThat(last).isEqualTo(ProxyHeader.read(Unpooled.wrappedBuffer(bytes)));
            ProxyHeader header = ((Decoded.Complete<ProxyHeader>) last).value();
            boolean local = vector.required("local_command").booleanValue();
            assertThat(text(header.source()))
                    .isEqualTo(local ? null : vector.required("source").textValue());
            assertThat(text(header.destination()))
                    .isEqualTo(local ? null : vector.required("destination").textValue());
            assertThat(in.isReadable()).isFalse();
            assertThat(bytes.length - in.writerIndex()).isEqualTo(Vectors.hex(vector, "payload_hex").length);
        } else {
            assertThat(last).isInstanceOf(Decoded.Malformed.class);
        }
    }

    private static @Nullable String text(@Nullable InetSocketAddress address) {
        if (address == null) {
            return null;
        }
        String host = address.getAddress().getHostAddress().replaceFirst("(^|:)0(:0)+(:|$)", "::");
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
                "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n",
                "PROXY TCP4 example.org 5.6.7.8 1 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n",
                "PROXY TCP5 1.2.3.4 5.6.7.8 1 2\r\n",
                "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
                "PROXY \r\n",
                "PROXY\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n",
                "proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n"
            })
    void whatIsNoTextHeader(String line) {
        assertThat(ProxyHeader.read(Unpooled.copiedBuffer(line, StandardCharsets.US_ASCII)))
                .isInstanceOf(Decoded.Malformed.class);
    }

    @Test
    void lengthsAreBounded() {
        String endless = "PROXY UNKNOWN " + "x".repeat(93);
        assertThat(ProxyHeader.read(Unpooled.copiedBuffer(endless.substring(0, 106), StandardCharsets.US_ASCII)))
                .isInstanceOf(Decoded.NeedMore.class);
        assertThat(ProxyHeader.read(Unpooled.copiedBuffer(endless, StandardCharsets.US_ASCII)))
                .isInstanceOf(Decoded.Malformed.class);
        assertThat(ProxyHeader.read(hex(V2 + "2111ffff"))).isInstanceOf(Decoded.Malformed.class);
        assertThat(ProxyHeader.read(hex(V2 + "2000ffff"))).isInstanceOf(Decoded.Malformed.class);
        assertThat(ProxyHeader.read(hex(V2 + "21110ff0"))).isInstanceOf(Decoded.NeedMore.class);
    }

    /** A front that its client reached by a unix socket says two paths of 108 bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"31", "32"})
    void aUnixSocketsClientHasTheAddressOfTheConnection(String family) {
        String header = V2 + "21" + family + "00d8" + "00".repeat(216);
        ByteBuf in = hex(header + "68656c6c6f");
        assertThat(ProxyHeader.read(in)).isEqualTo(Decoded.complete(ProxyHeader.LOCAL));
        assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("hello");
        assertThat(ProxyHeader.read(hex(header.substring(0, header.length() - 2))))
                .isInstanceOf(Decoded.NeedMore.class);
        assertThat(ProxyHeader.read(hex(V2 + "21" + family + "00d7"))).isInstanceOf(Decoded.Malformed.class);
    }

    private static ByteBuf hex(String text) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(text));
    }

    @FuzzTest
    void whateverArrives(byte[] data) {
        ByteBuf in = Unpooled.wrappedBuffer(data);
        switch (ProxyHeader.read(in)) {
            case Decoded.Complete<ProxyHeader>(ProxyHeader header) -> {
                assertThat(in.readerIndex()).isBetween(15, ProxyHeaderV2.MOST_BYTES);
                assertThat(header.source() == null).isEqualTo(header.destination() == null);
            }
            case Decoded.NeedMore<ProxyHeader> _ -> {
                assertThat(in.readerIndex()).isZero();
                assertThat(data.length).isLessThan(ProxyHeaderV2.MOST_BYTES);
            }
            case Decoded.Malformed<ProxyHeader> _ ->
                assertThat(in.readerIndex()).isZero();
        }
    }
}
