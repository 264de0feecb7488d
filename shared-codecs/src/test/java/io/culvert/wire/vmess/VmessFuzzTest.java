package io.culvert.wire.vmess;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.culvert.crypto.AesCfb;
import io.culvert.crypto.Digests;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;

/** No bytes of a peer make a decoder throw, read beyond its header or stop while it could go on. */
class VmessFuzzTest {
    private static final long NOW = 1_700_000_000L;
    private static final VmessUser LEGACY_USER = new VmessUser(Bodies.USER.id(), 1, Bodies.USER.ref());

    /** Any instruction block, sealed with a valid user's key, so that fuzzing gets behind the seals. */
    @FuzzTest
    void requestBehindTheSeals(FuzzedDataProvider data) {
        VmessAuthenticator server = HeaderVectors.authenticator(VmessUsers.of(List.of(Bodies.USER)), NOW);
        int cut = data.consumeInt(0, 400);
        byte[] header = SealedHeaders.seal(Bodies.USER, data.consumeRemainingAsBytes(), NOW, new Random(1));
        feedInTwo(server.newDecoder(), header, cut);
    }

    /** Any bytes behind a valid legacy authentication value, encrypted as that user would. */
    @FuzzTest
    void legacyRequestBehindTheCipher(FuzzedDataProvider data) {
        VmessAuthenticator server = HeaderVectors.authenticator(VmessUsers.of(List.of(LEGACY_USER)), NOW);
        int cut = data.consumeInt(0, 400);
        byte[] block = data.consumeRemainingAsBytes();
        AesCfb.encryptor(VmessIds.commandKey(LEGACY_USER.id()), VmessRequestDecoder.legacyIv(NOW))
                .apply(block, 0, block.length);
        byte[] id = VmessIds.alternatives(LEGACY_USER.id(), 1)[0];
        ByteBuf header = Unpooled.wrappedBuffer(LegacyTable.authentication(Digests.hmacMd5(id), NOW), block);
        byte[] bytes = new byte[header.readableBytes()];
        header.readBytes(bytes);
        VmessRequestDecoder decoder = server.newDecoder();
        feedInTwo(decoder, bytes, cut);
        decoder.abandon();
    }

    @FuzzTest
    void requestOfAStranger(FuzzedDataProvider data) {
        VmessAuthenticator server = HeaderVectors.authenticator(VmessUsers.of(List.of(Bodies.USER)), NOW);
        int cut = data.consumeInt(0, 400);
        feedInTwo(server.newDecoder(), data.consumeRemainingAsBytes(), cut);
    }

    /** Any response: sealed with the right keys, or as it comes. */
    @FuzzTest
    void response(FuzzedDataProvider data) {
        HeaderKind kind = data.pickValue(HeaderKind.values());
        boolean sealed = data.consumeBoolean();
        VmessRequest request = Bodies.request(VmessSecurity.LEGACY_CFB, 0x01, VmessCommand.TCP, kind, new Random(1));
        byte[] plain = data.consumeRemainingAsBytes();
        if (plain.length > 0) {
            plain[0] = (byte) request.responseV();
        }
        ByteBuf in = Unpooled.buffer();
        VmessKeys keys = request.keys().response(kind);
        if (sealed && kind == HeaderKind.AEAD) {
            in.writeBytes(
                    ResponseSeal.ofLength(keys).seal(new byte[] {(byte) (plain.length >>> 8), (byte) plain.length}));
            in.writeBytes(ResponseSeal.ofPlain(keys).seal(plain));
        } else {
            if (sealed) {
                AesCfb.encryptor(keys.key(), keys.iv()).apply(plain, 0, plain.length);
            }
            in.writeBytes(plain);
        }
        VmessResponseDecoder decoder = new VmessResponseDecoder(request);
        if (decoder.feed(in) instanceof Decoded.Complete<VmessResponse>(VmessResponse response)) {
            Bodies.decode(response.body(), in, Unpooled.buffer(), Bodies.scratch(new Random(2)));
        }
    }

    /** Any body in any format; a part of it is chunks that were sealed as a peer would. */
    @FuzzTest
    void body(FuzzedDataProvider data) {
        VmessSecurity security = data.pickValue(VmessSecurity.values());
        VmessCommand command = data.pickValue(VmessCommand.values());
        int options = data.consumeInt(0, 0x1F);
        if (!VmessOptions.valid(options)) {
            return;
        }
        VmessRequest request = Bodies.request(security, options, command, HeaderKind.AEAD, new Random(1));
        VmessBodyEncoder encoder = VmessBodyEncoder.ofRequest(request);
        CipherScratch scratch = Bodies.scratch(new Random(2));
        ByteBuf wire = Unpooled.buffer();
        for (int chunk = data.consumeInt(0, 4); chunk > 0; chunk--) {
            encoder.encode(Unpooled.wrappedBuffer(data.consumeBytes(3000)), wire, scratch);
        }
        int cut = data.consumeInt(0, 8000);
        wire.writeBytes(data.consumeRemainingAsBytes());
        VmessBodyDecoder decoder = VmessBodyDecoder.ofRequest(request);
        ByteBuf out = Unpooled.buffer();
        ByteBuf in = Unpooled.buffer().writeBytes(wire, Math.min(cut, wire.readableBytes()));
        Bodies.decode(decoder, in, out, scratch);
        Bodies.decode(decoder, in.writeBytes(wire), out, scratch);
    }

    private static void feedInTwo(VmessRequestDecoder decoder, byte[] header, int cut) {
        int first = Math.min(cut, header.length);
        decoder.feed(Unpooled.wrappedBuffer(header, 0, first));
        ByteBuf rest = Unpooled.wrappedBuffer(header, first, header.length - first);
        Decoded<VmessRequest> decoded = decoder.feed(rest);
        if (decoded instanceof Decoded.NeedMore<VmessRequest> && rest.isReadable()) {
            throw new AssertionError("wants more and leaves " + rest.readableBytes() + " bytes");
        }
    }
}
