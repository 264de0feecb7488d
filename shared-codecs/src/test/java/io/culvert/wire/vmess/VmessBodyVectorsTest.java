package io.culvert.wire.vmess;

import static io.culvert.testkit.Vectors.hex;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.testkit.Vectors;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reference implementation's bodies, byte for byte in both directions. */
class VmessBodyVectorsTest {
    private static final byte[] NO_BYTES = {};

    static Stream<JsonNode> bodies() {
        return Stream.of("gcm", "chacha", "none", "cfb")
                .flatMap(security -> Stream.of("plain", "mask", "pad")
                        .map(options -> "vmess_body_" + security + "_" + options + ".json"))
                .flatMap(HeaderVectors::cases);
    }

    static Stream<JsonNode> authenticatedLengths() {
        return HeaderVectors.cases("vmess_body_authlen.json");
    }

    static Stream<JsonNode> oddities() {
        return HeaderVectors.cases("vmess_body_decode.json");
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void serverReadsWholeConnections(JsonNode vector) {
        byte[] connection = join(hex(vector, "header_hex"), hex(vector, "request_body_hex"));
        VmessAuthenticator server = HeaderVectors.authenticator(
                HeaderVectors.user(vector), vector.required("server_clock").longValue());
        ByteBuf in = Unpooled.wrappedBuffer(connection);

        VmessRequest request = complete(server.newDecoder().feed(in));
        Bodies.Outcome outcome = Bodies.decode(
                VmessBodyDecoder.ofRequest(request), in, Unpooled.buffer(), Bodies.scratch(new Random(1)));

        assertThat(outcome.status()).isEqualTo(BodyStatus.END);
        assertPayloads(vector, "request_writes_hex", request, outcome);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void clientReadsWholeConnections(JsonNode vector) {
        VmessRequest request = HeaderVectors.encode(vector, Unpooled.buffer());
        ByteBuf in = Unpooled.wrappedBuffer(join(hex(vector, "response_header_hex"), hex(vector, "response_body_hex")));

        VmessResponse response = ((Decoded.Complete<VmessResponse>) new VmessResponseDecoder(request).feed(in)).value();
        Bodies.Outcome outcome = Bodies.decode(response.body(), in, Unpooled.buffer(), Bodies.scratch(new Random(1)));

        assertThat(outcome.status()).isEqualTo(BodyStatus.END);
        assertPayloads(vector, "response_writes_hex", request, outcome);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void clientWritesWholeConnections(JsonNode vector) {
        ByteBuf out = Unpooled.buffer();
        VmessRequest request = HeaderVectors.encode(vector, out);

        encodeChunks(VmessBodyEncoder.ofRequest(request), vector, "request", out);

        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(vector.required("header_hex").textValue()
                        + vector.required("request_body_hex").textValue());
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void serverWritesWholeConnections(JsonNode vector) {
        VmessRequest request = HeaderVectors.encode(vector, Unpooled.buffer());
        ByteBuf out = Unpooled.buffer();

        encodeChunks(VmessResponseEncoder.encode(request, null, out), vector, "response", out);

        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(vector.required("response_header_hex").textValue()
                        + vector.required("response_body_hex").textValue());
    }

    @ParameterizedTest
    @MethodSource("authenticatedLengths")
    void authenticatedLengthsBothWays(JsonNode vector) {
        VmessSecurity security = security(vector);
        VmessCommand command = Objects.requireNonNull(
                VmessCommand.ofWire(vector.required("command").intValue()));
        BodyFormat format = BodyFormat.of(security, vector.required("options").intValue(), command);
        VmessKeys keys = VmessKeys.of(hex(vector, "key_hex"), hex(vector, "iv_hex"));
        List<byte[]> writes = list(vector.required("writes_hex"));

        ByteBuf out = Unpooled.buffer();
        VmessBodyEncoder encoder = VmessBodyEncoder.of(format, keys, null);
        CipherScratch scratch = new CipherScratch(padding(vector.required("chunks")));
        for (byte[] write : writes) {
            if (write.length > 0) {
                encoder.encode(Unpooled.wrappedBuffer(write), out, scratch);
            }
        }
        encoder.encodeEnd(out, scratch);
        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(vector.required("body_hex").textValue());

        Bodies.Outcome outcome =
                Bodies.decode(VmessBodyDecoder.of(format, keys, null), out, Unpooled.buffer(), scratch);
        assertThat(outcome.status()).isEqualTo(BodyStatus.END);
        assertThat(outcome.joined()).isEqualTo(join(writes.toArray(byte[][]::new)));
    }

    /**
     * As the reference but for damaged chunks of up to 2 KiB, which it skips in silence (the output that it gives behind one is not
     * asked for here), and for a cut chunk, which it takes for an orderly end.
     */
    @ParameterizedTest
    @MethodSource("oddities")
    void oddStreams(JsonNode vector) {
        String name = vector.required("name").textValue();
        VmessBodyDecoder decoder = VmessBodyDecoder.of(
                BodyFormat.of(security(vector), vector.required("options").intValue(), VmessCommand.TCP),
                VmessKeys.of(hex(vector, "key_hex"), hex(vector, "iv_hex")),
                null);
        ByteBuf in = Unpooled.wrappedBuffer(hex(vector, "wire_hex"));

        Bodies.Outcome outcome = Bodies.decode(decoder, in, Unpooled.buffer(), Bodies.scratch(new Random(1)));

        byte[] reference = hex(vector, "reference_output_hex");
        List<byte[]> payloads = list(vector.required("payloads_hex"));
        switch (name) {
            case "small chunk with a flipped bit, more chunks follow",
                    "large chunk with a flipped bit, more chunks follow" -> {
                assertThat(outcome.status()).isEqualTo(BodyStatus.CORRUPT);
                assertThat(outcome.joined()).isEqualTo(payloads.getFirst());
            }
            case "connection closed without end marker" -> {
                assertThat(outcome.status()).isEqualTo(BodyStatus.MORE);
                assertThat(decoder.atBoundary() && !in.isReadable()).isTrue();
                assertThat(outcome.joined()).isEqualTo(reference);
            }
            case "connection cut inside a chunk", "connection cut inside a size field" -> {
                assertThat(outcome.status()).isEqualTo(BodyStatus.MORE);
                assertThat(decoder.atBoundary() && !in.isReadable()).isFalse();
                assertThat(outcome.joined()).isEqualTo(reference);
            }
            default -> {
                assertThat(outcome.status()).isEqualTo(BodyStatus.END);
                assertThat(outcome.joined()).isEqualTo(reference);
            }
        }
    }

    @Test
    void noncesAndKeys() {
        JsonNode data = Vectors.load("vmess_kdf.json").required("data");
        JsonNode nonces = data.required("chunk_nonces");
        BodyFormat format = BodyFormat.of(VmessSecurity.AES_128_GCM, VmessOptions.CHUNK_STREAM, VmessCommand.TCP);
        ChunkCipher cipher = ChunkCipher.ofPayload(format, VmessKeys.of(new byte[16], hex(nonces.get(0), "iv_hex")));
        int next = 0;
        for (int i = 1; i < nonces.size(); i++) {
            int index = nonces.get(i).required("chunk_index").intValue();
            byte[] nonce = NO_BYTES;
            for (; next <= index; next++) {
                nonce = cipher.nextNonce();
            }
            assertThat(nonce).as("chunk %d", index).isEqualTo(hex(nonces.get(i), "nonce12_hex"));
        }
        for (JsonNode expansion : data.required("chacha20_key_expansion")) {
            assertThat(ChunkCipher.chachaKey(hex(expansion, "key16_hex"))).isEqualTo(hex(expansion, "key32_hex"));
        }
    }

    private static void encodeChunks(VmessBodyEncoder encoder, JsonNode vector, String direction, ByteBuf out) {
        JsonNode chunks = vector.required(direction + "_chunks");
        byte[] payload = join(list(vector.required(direction + "_writes_hex")).toArray(byte[][]::new));
        CipherScratch scratch = new CipherScratch(padding(chunks));
        int at = 0;
        // Cut as the reference cut it: where its buffers ended.
        for (JsonNode chunk : chunks) {
            int length = chunk.required("payload_len").intValue();
            if (length > 0) {
                encoder.encode(Unpooled.wrappedBuffer(payload, at, length), out, scratch);
                at += length;
            }
        }
        assertThat(at).isEqualTo(payload.length);
        encoder.encodeEnd(out, scratch);
    }

    /** A random source that gives the chunks' padding, and noise behind it. */
    private static ScriptedRandom padding(JsonNode chunks) {
        ScriptedRandom random = new ScriptedRandom();
        for (JsonNode chunk : chunks) {
            random.bytes(chunk.has("padding_hex") ? hex(chunk, "padding_hex") : NO_BYTES);
        }
        return random.bytes(new byte[1024]);
    }

    private static void assertPayloads(JsonNode vector, String writes, VmessRequest request, Bodies.Outcome outcome) {
        List<byte[]> expected = list(vector.required(writes));
        if (request.command() == VmessCommand.UDP) {
            assertThat(outcome.payloads()).containsExactlyElementsOf(expected);
        } else {
            assertThat(outcome.joined()).isEqualTo(join(expected.toArray(byte[][]::new)));
        }
    }

    private static VmessSecurity security(JsonNode vector) {
        return switch (vector.required("security_name").textValue()) {
            case "aes-128-gcm" -> VmessSecurity.AES_128_GCM;
            case "chacha20-poly1305" -> VmessSecurity.CHACHA20_POLY1305;
            case String other -> throw new IllegalArgumentException(other);
        };
    }

    private static List<byte[]> list(JsonNode texts) {
        List<byte[]> all = new ArrayList<>();
        texts.forEach(text -> all.add(HexFormat.of().parseHex(text.textValue())));
        return all;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static VmessRequest complete(Decoded<VmessRequest> decoded) {
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return ((Decoded.Complete<VmessRequest>) decoded).value();
    }
}
