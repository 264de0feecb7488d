package io.culvert.wire.vless;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.testkit.Segments;
import io.culvert.testkit.Vectors;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VlessRequestTest {
    static final UUID USER = UUID.fromString("ba720b5d-7e04-4988-b20c-5f864b5b3c00");
    static final VlessUsers<String> USERS = VlessUsers.of(Map.of(USER, "u"), new Random(1));

    private static final String GOOD = "00ba720b5d7e044988b20c5f864b5b3c0000010050017f000001";

    static Stream<JsonNode> requests() {
        return cases("requests").filter(vector -> vector.has("header_hex"));
    }

    static Stream<JsonNode> decodes() {
        return cases("decode");
    }

    private static Stream<JsonNode> cases(String list) {
        JsonNode cases = Vectors.load("vless_request.json").required("data").required(list);
        return StreamSupport.stream(cases.spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void readsTheReferenceHeaders(JsonNode vector) {
        byte[] header = Vectors.hex(vector, "header_hex");
        ByteBuf in = Unpooled.buffer().writeBytes(header).writeBytes(new byte[] {1, 2, 3});
        VlessRequest<String> request = complete(new VlessRequestDecoder<>(USERS).decode(in));
        assertThat(request.user()).isEqualTo("u");
        assertThat(request.command().code())
                .isEqualTo(vector.required("command").intValue());
        assertThat(request.destination()).isEqualTo(destination(vector));
        assertThat(request.addons().flow()).isEqualTo(vector.path("flow").asText(""));
        assertThat(in.readableBytes()).as("what follows is payload").isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void writesTheReferenceHeaders(JsonNode vector) {
        VlessAddons addons = VlessAddons.of(vector.path("flow").asText(""), new byte[0]);
        VlessCommand command = VlessCommand.ofCode(vector.required("command").intValue());
        assertThat(command).isNotNull();
        ByteBuf out = Unpooled.buffer();
        VlessRequestEncoder.write(out, USER, addons, command, destination(vector));
        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(vector.required("header_hex").textValue());
    }

    @ParameterizedTest
    @MethodSource("decodes")
    void decidesAsTheReferenceDoes(JsonNode vector) {
        ByteBuf in = Unpooled.wrappedBuffer(Vectors.hex(vector, "header_hex"));
        Decoded<VlessRequest<String>> result = new VlessRequestDecoder<>(USERS).decode(in);
        String name = vector.required("name").textValue();
        if (vector.required("result").textValue().equals("accepted")) {
            assertThat(result).as(name).isInstanceOf(Decoded.Complete.class);
        } else if (name.startsWith("cut")) {
            // The reference is told that nothing will follow; here the handshake deadline says so.
            assertThat(result).as(name).isInstanceOf(Decoded.NeedMore.class);
        } else {
            CloseCause cause = name.startsWith("version") || name.startsWith("unknown uuid")
                    ? CloseCause.AUTH_FAILED
                    : CloseCause.MALFORMED;
            assertThat(malformed(result).cause()).as(name).isEqualTo(cause);
            assertThat(in.readerIndex()).as("a fallback needs every byte").isZero();
        }
    }

    @Test
    void aDomainThatIsAnIpLiteralBecomesAnIp() {
        VlessRequest<String> request =
                complete(decode("00ba720b5d7e044988b20c5f864b5b3c000001005002093132372e302e302e31"));
        assertThat(request.destination().address()).isEqualTo(Address.parse("127.0.0.1"));
    }

    @Test
    void addonsWithFlowAndSeedAreReadAndWritten() {
        JsonNode vector =
                cases("requests").filter(v -> v.has("seed_hex")).findFirst().orElseThrow();
        byte[] message = Vectors.hex(vector, "addons_hex");
        VlessAddons addons = VlessAddons.read(Unpooled.wrappedBuffer(message), message.length);
        assertThat(addons).isNotNull();
        assertThat(addons.flow()).isEqualTo("xtls-rprx-vision");
        assertThat(addons.seed()).isEqualTo(Vectors.hex(vector, "seed_hex"));
        ByteBuf out = Unpooled.buffer();
        addons.write(out);
        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(HexFormat.of().toHexDigits((byte) message.length)
                        + vector.required("addons_hex").textValue());
        assertThat(addons)
                .isEqualTo(VlessAddons.of("xtls-rprx-vision", Vectors.hex(vector, "seed_hex")))
                .hasSameHashCodeAs(VlessAddons.of("xtls-rprx-vision", Vectors.hex(vector, "seed_hex")))
                .isNotEqualTo(VlessAddons.NONE);
    }

    @Test
    void unknownFieldsOfEveryWireTypeAreSkipped() {
        // varint, 64-bit, bytes, 32-bit, each in field 9; a flow behind them; field 1 as a varint is no flow.
        assertThat(addons("48ff01" + "490102030405060708" + "4a020102" + "4d01020304" + "0807" + "0a0161"))
                .isEqualTo(VlessAddons.of("a", new byte[0]));
        assertThat(addons("0a0161" + "0a0162")).isEqualTo(VlessAddons.of("b", new byte[0]));
    }

    @Test
    void whatIsNoProtobufIsRefused() {
        assertThat(Stream.of(
                                "0a", // a length is missing
                                "0a05", // and its bytes
                                "0a0261", // one byte short
                                "48", // a varint is missing
                                "4980", // 64 bits cut
                                "4d000000", // 32 bits cut
                                "0b0c", // groups
                                "0f", // no such wire type
                                "02", // field number 0
                                "0a02c328", // not UTF-8
                                "48ffffffffffffffffffff01", // varint of 11 bytes
                                "80808080808001", // tag above 32 bits
                                "0affffffffffffffffff01") // length of 64 bits
                        .filter(hex -> addons(hex) != null))
                .isEmpty();
    }

    @Test
    void addonsAreBounded() {
        assertThat(addons("1a7d" + "00".repeat(125) + "1a7c" + "00".repeat(124)))
                .isNotNull();
        assertThatThrownBy(() -> VlessAddons.of("x".repeat(254), new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
        VlessAddons longest = VlessAddons.of("x".repeat(252), new byte[0]);
        ByteBuf out = Unpooled.buffer();
        longest.write(out);
        assertThat(out.readableBytes()).isEqualTo(1 + VlessAddons.MAX_LENGTH);
        assertThat(VlessAddons.read(out.skipBytes(1), out.writerIndex())).isEqualTo(longest);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void everyTruncationNeedsMoreAndTakesNothing(JsonNode vector) {
        byte[] header = Vectors.hex(vector, "header_hex");
        for (int length = 0; length < header.length; length++) {
            ByteBuf in = Unpooled.wrappedBuffer(header, 0, length);
            assertThat(new VlessRequestDecoder<>(USERS).decode(in)).isInstanceOf(Decoded.NeedMore.class);
            assertThat(in.readableBytes()).isEqualTo(length);
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void segmentationDoesNotMatter(JsonNode vector) {
        byte[] header = Vectors.hex(vector, "header_hex");
        byte[] stream = Arrays.copyOf(header, header.length + 5);
        VlessRequest<String> whole = complete(new VlessRequestDecoder<>(USERS).decode(Unpooled.wrappedBuffer(stream)));
        for (long seed = 0; seed < 50; seed++) {
            VlessRequestDecoder<String> decoder = new VlessRequestDecoder<>(USERS);
            AtomicReference<VlessRequest<String>> got = new AtomicReference<>();
            ByteBuf in = Unpooled.buffer();
            Predicate<ByteBuf> step = buffer -> {
                if (decoder.decode(buffer) instanceof Decoded.Complete<VlessRequest<String>>(var request)) {
                    got.set(request);
                    return true;
                }
                return false;
            };
            if (seed == 0) {
                Segments.oneByOne(stream, in, step);
            } else {
                Segments.randomly(stream, seed, in, step);
            }
            assertThat(got.get()).isEqualTo(whole);
            assertThat(in.readableBytes()).isEqualTo(5);
        }
    }

    @Test
    void everyFlippedBitOfTheUuidOrVersionIsAnUnknownUser() {
        byte[] good = HexFormat.of().parseHex(GOOD);
        for (int bit = 0; bit < 17 * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThat(malformed(new VlessRequestDecoder<>(USERS).decode(Unpooled.wrappedBuffer(bad)))
                            .cause())
                    .isEqualTo(CloseCause.AUTH_FAILED);
        }
    }

    @Test
    void manyUsersAreToldApart() {
        Map<UUID, Integer> ids = new HashMap<>();
        Random random = new Random(7);
        for (int i = 0; i < 1_000; i++) {
            ids.put(new UUID(random.nextLong(), random.nextLong()), i);
        }
        VlessUsers<Integer> users = VlessUsers.of(ids, random);
        ids.forEach((id, number) -> {
            ByteBuf raw = Unpooled.buffer()
                    .writeByte(9)
                    .writeLong(id.getMostSignificantBits())
                    .writeLong(id.getLeastSignificantBits());
            assertThat(users.find(raw, 1)).isEqualTo(number);
        });
        assertThat(users.find(Unpooled.wrappedBuffer(new byte[16]), 0)).isNull();
    }

    @Test
    void theLongestHeaderIsReadAndNothingLongerIsWaitedFor() {
        ByteBuf out = Unpooled.buffer();
        Destination far = Destination.tcp(new Address.Domain("a".repeat(255)), 65535);
        VlessRequestEncoder.write(out, USER, VlessAddons.of("x".repeat(252), new byte[0]), VlessCommand.TCP, far);
        assertThat(out.readableBytes()).isEqualTo(VlessRequestDecoder.MAX_LENGTH);
        assertThat(complete(new VlessRequestDecoder<>(USERS).decode(out)).destination())
                .isEqualTo(far);
    }

    @Test
    void theTextOfAddonsTellsNoSeed() {
        assertThat(VlessAddons.of("f", "secret".getBytes(StandardCharsets.US_ASCII))
                        .toString())
                .doesNotContain("secret");
    }

    private static @Nullable VlessAddons addons(String hex) {
        byte[] raw = HexFormat.of().parseHex(hex);
        return VlessAddons.read(Unpooled.wrappedBuffer(raw), raw.length);
    }

    private static Destination destination(JsonNode vector) {
        if (!vector.has("address")) {
            return VlessRequest.MUX_DESTINATION;
        }
        Network network = vector.required("command").intValue() == 2 ? Network.UDP : Network.TCP;
        return new Destination(
                network,
                Address.parse(vector.required("address").textValue()),
                vector.required("port").intValue());
    }

    private static Decoded<VlessRequest<String>> decode(String hex) {
        return new VlessRequestDecoder<>(USERS)
                .decode(Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex)));
    }

    private static <T> T complete(Decoded<T> result) {
        assertThat(result).isInstanceOf(Decoded.Complete.class);
        return ((Decoded.Complete<T>) result).value();
    }

    private static <T> Decoded.Malformed<T> malformed(Decoded<T> result) {
        assertThat(result).isInstanceOf(Decoded.Malformed.class);
        return (Decoded.Malformed<T>) result;
    }
}
