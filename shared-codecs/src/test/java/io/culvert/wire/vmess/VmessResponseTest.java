package io.culvert.wire.vmess;

import static io.culvert.testkit.Vectors.hex;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reference implementation's response headers and their command. */
class VmessResponseTest {

    record Case(JsonNode vector, HeaderKind kind) {
        VmessRequest request() {
            return new VmessRequest(
                    Bodies.USER,
                    VmessKeys.of(hex(vector, "request_body_key_hex"), hex(vector, "request_body_iv_hex")),
                    vector.required("response_v").intValue(),
                    0x0D,
                    VmessSecurity.AES_128_GCM,
                    VmessCommand.TCP,
                    null,
                    kind,
                    null);
        }

        byte[] header() {
            return hex(vector, "response_header_hex");
        }

        @Override
        public String toString() {
            return kind + " " + vector.required("name").textValue();
        }
    }

    static Stream<Case> responses() {
        return Stream.concat(
                HeaderVectors.cases("vmess_response_aead.json").map(vector -> new Case(vector, HeaderKind.AEAD)),
                HeaderVectors.cases("vmess_response_legacy.json").map(vector -> new Case(vector, HeaderKind.LEGACY)));
    }

    static Stream<JsonNode> commands() {
        return HeaderVectors.cases("vmess_command.json");
    }

    @ParameterizedTest
    @MethodSource("responses")
    void encodesByteForByte(Case given) {
        ByteBuf out = Unpooled.buffer();

        VmessResponseEncoder.encode(
                given.request(), given.vector().required("option").intValue(), command(given.vector()), out);

        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(given.vector().required("response_header_hex").textValue());
    }

    @ParameterizedTest
    @MethodSource("responses")
    void decodesFromAnyCut(Case given) {
        byte[] header = given.header();
        for (int cut = 0; cut < header.length; cut++) {
            VmessResponseDecoder decoder = new VmessResponseDecoder(given.request());
            assertThat(decoder.feed(Unpooled.wrappedBuffer(header, 0, cut)))
                    .as("cut at %d", cut)
                    .isInstanceOf(Decoded.NeedMore.class);
            ByteBuf rest = Unpooled.wrappedBuffer(
                    Unpooled.wrappedBuffer(header, cut, header.length - cut), Unpooled.wrappedBuffer(new byte[3]));
            VmessResponse response = ((Decoded.Complete<VmessResponse>) decoder.feed(rest)).value();
            assertThat(rest.readableBytes()).isEqualTo(3);
            assertThat(response.option())
                    .isEqualTo(given.vector().required("option").intValue());
            assertThat(response.switchAccount()).isEqualTo(command(given.vector()));
        }
    }

    @ParameterizedTest
    @MethodSource("responses")
    void oneByteFeedsGiveTheSame(Case given) {
        byte[] header = given.header();
        VmessResponseDecoder decoder = new VmessResponseDecoder(given.request());
        for (int i = 0; i < header.length - 1; i++) {
            assertThat(decoder.feed(Unpooled.wrappedBuffer(header, i, 1))).isInstanceOf(Decoded.NeedMore.class);
        }
        assertThat(decoder.feed(Unpooled.wrappedBuffer(header, header.length - 1, 1)))
                .isInstanceOf(Decoded.Complete.class);
    }

    @ParameterizedTest
    @MethodSource("responses")
    void anotherAnswerIsRefused(Case given) {
        byte[] header = given.header();
        // A legacy header protects nothing but its first byte.
        int protectedBits = given.kind() == HeaderKind.AEAD ? header.length * 8 : 8;
        for (int bit = 0; bit < protectedBits; bit++) {
            byte[] flipped = header.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            VmessResponseDecoder decoder = new VmessResponseDecoder(given.request());
            Decoded<VmessResponse> refused = decoder.feed(Unpooled.wrappedBuffer(flipped));
            assertThat(refused).isInstanceOf(Decoded.Malformed.class);
            assertThat(((Decoded.Malformed<VmessResponse>) refused).cause()).isEqualTo(CloseCause.AUTH_FAILED);
            assertThat(decoder.feed(Unpooled.wrappedBuffer(header))).isSameAs(refused);
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandsAreAppliedOrIgnored(JsonNode vector) {
        byte[] data = hex(vector, "data_hex");

        SwitchAccount parsed = SwitchAccount.parse(vector.required("command_id").intValue(), data, 0, data.length);

        if (vector.required("result").textValue().equals("applied")) {
            assertThat(parsed).isEqualTo(switchAccount(vector));
        } else {
            assertThat(parsed).isNull();
        }
    }

    private static @Nullable SwitchAccount command(JsonNode vector) {
        return vector.has("command") ? switchAccount(vector.required("command")) : null;
    }

    private static SwitchAccount switchAccount(JsonNode from) {
        String host = from.required("host").textValue();
        return new SwitchAccount(
                host.isEmpty() ? null : Address.parse(host),
                from.required("port").intValue(),
                UUID.fromString(from.required("uuid").textValue()),
                from.required("alter_ids").intValue(),
                from.required("level").intValue(),
                from.required("valid_minutes").intValue());
    }
}
