package io.culvert.wire.vmess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.crypto.AesCfb;
import io.culvert.crypto.ChunkAead;
import io.culvert.crypto.VmessKdf;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Encoder to decoder, over every format, kind of buffer and cut. */
class VmessBodyRoundTripTest {
    private static final int[] OPTIONS = {0x00, 0x01, 0x04, 0x05, 0x0D, 0x10, 0x11, 0x15, 0x1D};

    static IntStream seeds() {
        return IntStream.range(0, 120);
    }

    /** The seed is the test's name. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatWentInComesOut(int seed) {
        Random random = new Random(seed);
        VmessSecurity security = any(random, VmessSecurity.values());
        int options = OPTIONS[random.nextInt(OPTIONS.length)];
        VmessCommand command = any(random, VmessCommand.values());
        HeaderKind kind = any(random, HeaderKind.values());
        VmessRequest request = Bodies.request(security, options, command, kind, random);
        BodyFormat format = BodyFormat.of(security, options, command);
        ByteBufAllocator allocator =
                random.nextBoolean() ? PooledByteBufAllocator.DEFAULT : UnpooledByteBufAllocator.DEFAULT;
        CipherScratch scratch = Bodies.scratch(random);
        ByteBuf wire = random.nextBoolean() ? allocator.heapBuffer() : allocator.directBuffer();
        ByteBuf out = random.nextBoolean() ? allocator.heapBuffer() : allocator.directBuffer();
        ByteBuf segment = random.nextBoolean() ? allocator.heapBuffer() : allocator.directBuffer();
        try {
            boolean response = random.nextBoolean();
            VmessBodyEncoder encoder;
            if (response) {
                encoder = VmessResponseEncoder.encode(request, null, wire);
            } else {
                encoder = VmessBodyEncoder.ofRequest(request);
            }
            List<byte[]> sent = new ArrayList<>();
            for (int i = random.nextInt(8); i >= 0; i--) {
                int longestPayload = format.packets() && format.chunked() ? encoder.maxPayload() : 200_000;
                byte[] payload = new byte[1 + random.nextInt(Math.min(longestPayload, 1 << random.nextInt(19)))];
                random.nextBytes(payload);
                sent.add(payload);
                int before = wire.writerIndex();
                encoder.encode(Unpooled.wrappedBuffer(payload), wire, scratch);
                assertThat(wire.writerIndex() - before).isLessThanOrEqualTo(encoder.maxEncodedLength(payload.length));
            }
            encoder.encodeEnd(wire, scratch);

            VmessBodyDecoder decoder = null;
            VmessResponseDecoder header = new VmessResponseDecoder(request);
            if (!response) {
                decoder = VmessBodyDecoder.ofRequest(request);
            }
            List<byte[]> received = new ArrayList<>();
            BodyStatus status = BodyStatus.MORE;
            // Down to single bytes, but for long bodies not only those.
            int longest = Math.max(1 << random.nextInt(18), wire.readableBytes() / 2000);
            while (wire.isReadable()) {
                segment.discardReadBytes();
                segment.writeBytes(wire, Math.min(wire.readableBytes(), 1 + random.nextInt(longest)));
                if (decoder == null) {
                    if (header.feed(segment)
                            instanceof io.culvert.wire.Decoded.Complete<VmessResponse>(VmessResponse read)) {
                        decoder = read.body();
                    } else {
                        continue;
                    }
                }
                Bodies.Outcome outcome = Bodies.decode(decoder, segment, out, scratch);
                received.addAll(outcome.payloads());
                status = outcome.status();
                out.clear();
            }

            assertThat(status).isEqualTo(format.chunked() ? BodyStatus.END : BodyStatus.MORE);
            if (format.packets() && format.chunked()) {
                assertThat(received).containsExactlyElementsOf(sent);
            } else {
                assertThat(join(received)).isEqualTo(join(sent));
            }
        } finally {
            wire.release();
            out.release();
            segment.release();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = VmessSecurity.class,
            names = {"AES_128_GCM", "CHACHA20_POLY1305"})
    void theCounterWrapsAfter65536Chunks(VmessSecurity security) {
        Random random = new Random(3);
        VmessRequest request =
                Bodies.request(security, security.clientOptions(), VmessCommand.TCP, HeaderKind.AEAD, random);
        VmessBodyEncoder encoder = VmessBodyEncoder.ofRequest(request);
        VmessBodyDecoder decoder = VmessBodyDecoder.ofRequest(request);
        CipherScratch scratch = Bodies.scratch(random);
        ByteBuf wire = Unpooled.buffer(1 << 16);
        ByteBuf out = Unpooled.buffer();
        byte[] one = new byte[1];
        for (int chunk = 0; chunk < 66_100; chunk++) {
            one[0] = (byte) chunk;
            encoder.encode(Unpooled.wrappedBuffer(one), wire, scratch);
            if (chunk % 500 == 499 || chunk == 66_099) {
                assertThat(decoder.decode(wire, out, scratch)).isEqualTo(BodyStatus.MORE);
                wire.clear();
            }
        }
        assertThat(out.readableBytes()).isEqualTo(66_100);
        for (int chunk = 0; chunk < 66_100; chunk++) {
            if (out.getByte(chunk) != (byte) chunk) {
                throw new AssertionError("byte " + chunk + " differs");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(VmessSecurity.class)
    void everyFlippedBitOfASealedChunkEndsTheBody(VmessSecurity security) {
        if (security == VmessSecurity.NONE) {
            return;
        }
        Random random = new Random(5);
        VmessRequest request =
                Bodies.request(security, VmessOptions.CHUNK_STREAM, VmessCommand.TCP, HeaderKind.AEAD, random);
        CipherScratch scratch = Bodies.scratch(random);
        ByteBuf wire = Unpooled.buffer();
        VmessBodyEncoder encoder = VmessBodyEncoder.ofRequest(request);
        encoder.encode(Unpooled.wrappedBuffer(new byte[40]), wire, scratch);
        byte[] chunk = new byte[wire.readableBytes()];
        wire.readBytes(chunk);
        for (int bit = 16; bit < chunk.length * 8; bit++) {
            byte[] flipped = chunk.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            ByteBuf out = Unpooled.buffer();
            VmessBodyDecoder decoder = VmessBodyDecoder.ofRequest(request);
            assertThat(decoder.decode(Unpooled.wrappedBuffer(flipped), out, scratch))
                    .as("bit %d", bit)
                    .isEqualTo(BodyStatus.CORRUPT);
            assertThat(out.isReadable()).isFalse();
            assertThat(decoder.decode(Unpooled.wrappedBuffer(chunk), out, scratch))
                    .isEqualTo(BodyStatus.CORRUPT);
        }
    }

    @Test
    void aSizeBelowTagAndPaddingIsCorrupt() {
        Random random = new Random(9);
        for (VmessSecurity security : VmessSecurity.values()) {
            for (int overheadMissing = 1; overheadMissing <= 4; overheadMissing++) {
                VmessRequest request = Bodies.request(security, 0x0D, VmessCommand.UDP, HeaderKind.AEAD, random);
                BodyFormat format = BodyFormat.of(security, 0x0D, VmessCommand.UDP);
                ChunkShape shape = new ChunkShape(format, request.keys());
                int size = format.overhead() + shape.nextPadding() - overheadMissing;
                if (size < 0) {
                    continue;
                }
                int field = size ^ shape.nextMask();
                byte[] wire = {(byte) (field >>> 8), (byte) field};
                if (security == VmessSecurity.LEGACY_CFB) {
                    AesCfb.encryptor(request.keys().key(), request.keys().iv()).apply(wire, 0, 2);
                }
                assertThat(VmessBodyDecoder.ofRequest(request)
                                .decode(Unpooled.wrappedBuffer(wire), Unpooled.buffer(), Bodies.scratch(random)))
                        .as("%s, %d missing", security, overheadMissing)
                        .isEqualTo(BodyStatus.CORRUPT);
            }
        }
    }

    /** As V2Ray 5, Xray and sing-box have it. */
    @Test
    void sealedSizesOfAResponseOpenWithTheKeysOfTheRequest() {
        for (HeaderKind kind : HeaderKind.values()) {
            Random random = new Random(11);
            VmessRequest request = Bodies.request(
                    VmessSecurity.AES_128_GCM,
                    VmessOptions.CHUNK_STREAM | VmessOptions.AUTHENTICATED_LENGTH,
                    VmessCommand.TCP,
                    kind,
                    random);
            ByteBuf wire = Unpooled.buffer();
            VmessBodyEncoder encoder = VmessResponseEncoder.encode(request, null, wire);
            wire.skipBytes(wire.readableBytes());
            encoder.encode(Unpooled.wrappedBuffer(new byte[100]), wire, Bodies.scratch(random));
            byte[] sealed = new byte[2 + ChunkAead.TAG_LENGTH];
            wire.readBytes(sealed);

            byte[] nonce = Arrays.copyOf(request.keys().iv(), ChunkAead.NONCE_LENGTH);
            nonce[0] = 0;
            nonce[1] = 0;
            byte[] size = new byte[sealed.length];
            int opened = ChunkAead.aes128Gcm(VmessKdf.key(request.keys().key(), VmessKdf.CHUNK_LENGTH_KEY))
                    .open(nonce, sealed, 0, sealed.length, size, 0);

            assertThat(opened).as("%s header", kind).isEqualTo(2);
            assertThat(((size[0] & 0xFF) << 8) | (size[1] & 0xFF)).isEqualTo(100);
        }
    }

    @Test
    void aDeclaredSizeTakesNoMemory() {
        Random random = new Random(13);
        VmessRequest request = Bodies.request(
                VmessSecurity.AES_128_GCM, VmessOptions.CHUNK_STREAM, VmessCommand.TCP, HeaderKind.AEAD, random);
        VmessBodyDecoder decoder = VmessBodyDecoder.ofRequest(request);
        ByteBuf out = Unpooled.buffer(0);
        ByteBuf in = Unpooled.wrappedBuffer(new byte[] {(byte) 0xFF, (byte) 0xFF, 1});

        assertThat(decoder.decode(in, out, Bodies.scratch(random))).isEqualTo(BodyStatus.MORE);

        assertThat(decoder.bytesNeeded()).isEqualTo(65535);
        assertThat(decoder.atBoundary()).isFalse();
        assertThat(out.capacity()).isLessThanOrEqualTo(64);
    }

    @Test
    void sentChunksFitTheSmallestReader() {
        for (VmessSecurity security : VmessSecurity.values()) {
            for (int options : OPTIONS) {
                BodyFormat format = BodyFormat.of(security, options, VmessCommand.TCP);
                assertThat(format.maxPayload()
                                + format.overhead()
                                + format.sizeLength()
                                + (format.padded() ? BodyFormat.MAX_PADDING : 0))
                        .isEqualTo(16_384);
            }
        }
    }

    @Test
    void datagramsThatFitNoChunkAreTheCallersFault() {
        Random random = new Random(17);
        VmessRequest request =
                Bodies.request(VmessSecurity.AES_128_GCM, 0x0D, VmessCommand.UDP, HeaderKind.AEAD, random);
        VmessBodyEncoder encoder = VmessBodyEncoder.ofRequest(request);
        ByteBuf out = Unpooled.buffer();
        CipherScratch scratch = Bodies.scratch(random);

        assertThatThrownBy(
                        () -> encoder.encode(Unpooled.wrappedBuffer(new byte[encoder.maxPayload() + 1]), out, scratch))
                .isInstanceOf(IllegalArgumentException.class);
        encoder.encode(Unpooled.EMPTY_BUFFER, out, scratch);

        assertThat(out.isReadable()).as("nothing was written").isFalse();
    }

    @Test
    void streamsOfSecurityNoneAreHandedOnAsTheyCome() {
        Random random = new Random(19);
        VmessRequest request = Bodies.request(VmessSecurity.NONE, 0x05, VmessCommand.TCP, HeaderKind.AEAD, random);
        CipherScratch scratch = Bodies.scratch(random);
        ByteBuf wire = Unpooled.buffer();
        VmessBodyEncoder.ofRequest(request).encode(Unpooled.wrappedBuffer(new byte[1000]), wire, scratch);
        VmessBodyDecoder decoder = VmessBodyDecoder.ofRequest(request);
        ByteBuf out = Unpooled.buffer();

        decoder.decode(wire.readSlice(12), out, scratch);

        assertThat(out.readableBytes()).isEqualTo(10);
        assertThat(decoder.atBoundary()).isFalse();
        decoder.decode(wire, out, scratch);
        assertThat(out.readableBytes()).isEqualTo(1000);
        assertThat(decoder.atBoundary()).isTrue();
    }

    private static <T> T any(Random random, T[] choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static byte[] join(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return Arrays.copyOf(all.toByteArray(), all.size());
    }
}
