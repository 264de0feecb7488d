package io.culvert.wire.vmess;

import static io.culvert.testkit.Vectors.hex;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.crypto.Digests;
import io.culvert.model.CloseCause;
import io.culvert.testkit.Vectors;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reference implementation's request headers, byte for byte in both directions. */
class VmessHeaderVectorsTest {

    static Stream<JsonNode> headers() {
        return Stream.concat(
                HeaderVectors.cases("vmess_aead_header.json"), HeaderVectors.cases("vmess_legacy_header.json"));
    }

    /** A table of legacy values is made for each bit, so those of many IDs would take long and show nothing more. */
    static Stream<JsonNode> headersOfFewIds() {
        return headers().filter(vector -> vector.required("alter_id").intValue() <= 4);
    }

    static Stream<JsonNode> authIds() {
        return HeaderVectors.cases("authid.json");
    }

    static Stream<JsonNode> decisions() {
        return HeaderVectors.cases("vmess_server_decisions.json");
    }

    @ParameterizedTest
    @MethodSource("headers")
    void encodesByteForByte(JsonNode vector) {
        ByteBuf out = Unpooled.buffer();

        HeaderVectors.encode(vector, out);

        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(vector.required("header_hex").textValue());
    }

    @ParameterizedTest
    @MethodSource("headers")
    void decodesEveryField(JsonNode vector) {
        long clock = vector.required("server_clock").longValue();
        ByteBuf in = HeaderVectors.buffer(vector, "header_hex").writerIndex(hex(vector, "header_hex").length);
        ByteBuf withBody = Unpooled.wrappedBuffer(in, Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));

        VmessRequest request = complete(HeaderVectors.authenticator(HeaderVectors.user(vector), clock)
                .newDecoder()
                .feed(withBody));

        assertThat(withBody.readableBytes()).as("the body's bytes are left").isEqualTo(3);
        assertThat(request.user()).isEqualTo(HeaderVectors.user(vector));
        assertThat(request.keys().key()).isEqualTo(hex(vector, "body_key_hex"));
        assertThat(request.keys().iv()).isEqualTo(hex(vector, "body_iv_hex"));
        assertThat(request.responseV()).isEqualTo(vector.required("response_v").intValue());
        assertThat(request.options()).isEqualTo(vector.required("options").intValue());
        assertThat(request.security().wire())
                .isEqualTo(vector.required("security").intValue());
        assertThat(request.command().wire())
                .isEqualTo(vector.required("command").intValue());
        assertThat(request.destination()).isEqualTo(HeaderVectors.destination(vector));
        assertThat(request.kind()).isEqualTo(vector.has("authid_hex") ? HeaderKind.AEAD : HeaderKind.LEGACY);
        if (request.authId() != null) {
            assertThat(request.authId().time())
                    .isEqualTo(vector.required("time").longValue());
        }
    }

    @ParameterizedTest
    @MethodSource("headers")
    void oneByteFeedsGiveTheSame(JsonNode vector) {
        long clock = vector.required("server_clock").longValue();
        byte[] header = hex(vector, "header_hex");
        VmessRequestDecoder decoder =
                HeaderVectors.authenticator(HeaderVectors.user(vector), clock).newDecoder();

        for (int i = 0; i < header.length - 1; i++) {
            assertThat(decoder.feed(Unpooled.wrappedBuffer(header, i, 1))).isInstanceOf(Decoded.NeedMore.class);
        }

        VmessRequest request = complete(decoder.feed(Unpooled.wrappedBuffer(header, header.length - 1, 1)));
        assertThat(request.destination()).isEqualTo(HeaderVectors.destination(vector));
        assertThat(request.keys().key()).isEqualTo(hex(vector, "body_key_hex"));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void everyTruncationNeedsMore(JsonNode vector) {
        long clock = vector.required("server_clock").longValue();
        byte[] header = hex(vector, "header_hex");
        VmessUsers users = VmessUsers.of(List.of(HeaderVectors.user(vector)));
        for (int length = 0; length < header.length; length++) {
            VmessRequestDecoder decoder =
                    HeaderVectors.authenticator(users, clock).newDecoder();
            assertThat(decoder.feed(Unpooled.wrappedBuffer(header, 0, length)))
                    .as("cut at %d", length)
                    .isInstanceOf(Decoded.NeedMore.class);
        }
    }

    @ParameterizedTest
    @MethodSource("headersOfFewIds")
    void everyFlippedBitIsRefused(JsonNode vector) {
        long clock = vector.required("server_clock").longValue();
        byte[] header = hex(vector, "header_hex");
        VmessUser user = HeaderVectors.user(vector);
        VmessUsers users = VmessUsers.of(List.of(user));
        for (int bit = 0; bit < header.length * 8; bit++) {
            byte[] flipped = header.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            // Each flip is judged for itself, so a taint of the flip before must not decide it.
            VmessAuthenticator server =
                    HeaderVectors.authenticator(user.alterId() == 0 ? users : VmessUsers.of(List.of(user)), clock);
            VmessRequestDecoder decoder = server.newDecoder();
            // A legacy header whose padding nibble grew waits for bytes that the body gives it.
            ByteBuf in = Unpooled.wrappedBuffer(flipped, new byte[512]);
            assertThat(decoder.feed(in)).as("bit %d", bit).isInstanceOf(Decoded.Malformed.class);
            // Once refused, whatever follows.
            assertThat(decoder.feed(Unpooled.wrappedBuffer(header))).isInstanceOf(Decoded.Malformed.class);
        }
    }

    @ParameterizedTest
    @MethodSource("authIds")
    void authIdsAreAcceptedOnceWithinTheWindow(JsonNode vector) {
        VmessUsers users = VmessUsers.of(List.of(HeaderVectors.user(vector)));
        long clock = vector.required("server_clock").longValue();
        byte[] authId = hex(vector, "authid_hex");
        if (vector.has("aes_key_hex")) {
            assertThat(users.entries().getFirst().keys().authId).isEqualTo(hex(vector, "aes_key_hex"));
        }

        AuthIdLookup lookup = new AuthIdLookup(users.entries());
        int found = lookup.find(authId, clock);

        assertThat(found >= 0)
                .isEqualTo(vector.required("first_use").textValue().equals("accepted"));
        if (found >= 0) {
            assertThat(lookup.time()).isEqualTo(vector.required("time").longValue());
            AuthId id = new AuthId(VmessIds.getLong(authId, 0), VmessIds.getLong(authId, 8), lookup.time());
            ReplaySet replays = new ReplaySet(10);
            assertThat(replays.claim(id, clock)).isEqualTo(ReplaySet.Verdict.FIRST);
            assertThat(replays.claim(id, clock)).isEqualTo(ReplaySet.Verdict.REPLAYED);
        } else {
            assertThat(found).isEqualTo(vector.has("time") ? AuthIdLookup.UNTIMELY : AuthIdLookup.UNKNOWN);
        }
    }

    @ParameterizedTest
    @MethodSource("decisions")
    void serverDecidesAsTheReference(JsonNode vector) {
        VmessAuthenticator server = HeaderVectors.authenticator(
                HeaderVectors.user(vector), vector.required("server_clock").longValue());
        byte[] connection = hex(vector, "connection_bytes_hex");
        int headerLength = vector.required("header_len").intValue();
        for (JsonNode expected : vector.required("verdicts")) {
            ByteBuf in = Unpooled.wrappedBuffer(connection, new byte[5000]);
            Decoded<VmessRequest> verdict = server.newDecoder().feed(in);

            String reference = expected.required("result").textValue();
            if (reference.equals("accepted")) {
                complete(verdict);
                assertThat(in.readerIndex()).isEqualTo(headerLength);
            } else {
                assertThat(verdict).isInstanceOf(Decoded.Malformed.class);
                CloseCause cause = ((Decoded.Malformed<VmessRequest>) verdict).cause();
                if (reference.contains("replayed")) {
                    assertThat(cause).isEqualTo(CloseCause.REPLAYED);
                } else if (reference.contains("invalid user")) {
                    assertThat(cause).isIn(CloseCause.AUTH_FAILED, CloseCause.REPLAYED);
                }
            }
        }
    }

    @Test
    void keysAndAlternativeIds() {
        for (JsonNode id : Vectors.load("vmess_kdf.json").required("data").required("ids")) {
            UUID uuid = UUID.fromString(id.required("uuid").textValue());
            assertThat(VmessIds.bytes(uuid)).isEqualTo(hex(id, "uuid_bytes_hex"));
            assertThat(VmessIds.commandKey(uuid)).isEqualTo(hex(id, "cmd_key_hex"));
            byte[][] chain =
                    VmessIds.alternatives(uuid, id.required("alter_ids").size());
            for (int i = 0; i < chain.length; i++) {
                assertThat(VmessIds.uuid(chain[i], 0).toString())
                        .isEqualTo(
                                id.required("alter_ids").get(i).required("uuid").textValue());
            }
        }
    }

    @Test
    void legacyAuthentication() {
        for (JsonNode auth : Vectors.load("vmess_kdf.json").required("data").required("legacy_auth")) {
            long time = auth.required("time").longValue();
            byte[] id = VmessIds.bytes(UUID.fromString(auth.required("uuid").textValue()));
            assertThat(LegacyTable.authentication(Digests.hmacMd5(id), time)).isEqualTo(hex(auth, "auth16_hex"));
            assertThat(VmessRequestDecoder.legacyIv(time)).isEqualTo(hex(auth, "header_iv_hex"));
        }
    }

    @Test
    void responseKeys() {
        for (JsonNode keys : Vectors.load("vmess_kdf.json").required("data").required("response_keys")) {
            VmessKeys request = VmessKeys.of(hex(keys, "request_key_hex"), hex(keys, "request_iv_hex"));
            VmessKeys aead = request.response(HeaderKind.AEAD);
            VmessKeys legacy = request.response(HeaderKind.LEGACY);
            assertThat(aead.key()).isEqualTo(hex(keys, "aead_response_key_hex"));
            assertThat(aead.iv()).isEqualTo(hex(keys, "aead_response_iv_hex"));
            assertThat(legacy.key()).isEqualTo(hex(keys, "legacy_response_key_hex"));
            assertThat(legacy.iv()).isEqualTo(hex(keys, "legacy_response_iv_hex"));
        }
    }

    private static VmessRequest complete(Decoded<VmessRequest> decoded) {
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return ((Decoded.Complete<VmessRequest>) decoded).value();
    }
}
