package io.culvert.wire.vmess;

import io.culvert.crypto.AesCfb;
import io.culvert.crypto.Fnv1a;
import io.netty.buffer.ByteBuf;

/** The body of the legacy security: AES-128-CFB over everything, sizes and padding included, raw or in chunks with FNV-1a. */
final class CfbBodyEncoder extends VmessBodyEncoder {
    private static final int SIZE_LENGTH = 2;
    private static final int CHECKSUM_LENGTH = 4;
    private static final int PAYLOAD_AT = SIZE_LENGTH + CHECKSUM_LENGTH;

    private final ChunkShape shape;
    private final AesCfb cfb;

    CfbBodyEncoder(BodyFormat format, VmessKeys keys, AesCfb cfb) {
        super(format);
        this.shape = new ChunkShape(format, keys);
        this.cfb = cfb;
    }

    @Override
    void encodeChunk(ByteBuf payload, int length, ByteBuf out, CipherScratch scratch) {
        int padding = shape.nextPadding();
        int size = CHECKSUM_LENGTH + length + padding;
        byte[] data = scratch.output;
        payload.readBytes(data, PAYLOAD_AT, length);
        scratch.randomBytes(data, PAYLOAD_AT + length, padding);
        int checksum = Fnv1a.of(data, PAYLOAD_AT, length);
        int value = size ^ shape.nextMask();
        data[0] = (byte) (value >>> 8);
        data[1] = (byte) value;
        for (int i = 0; i < CHECKSUM_LENGTH; i++) {
            data[SIZE_LENGTH + i] = (byte) (checksum >>> (24 - 8 * i));
        }
        cfb.apply(data, 0, SIZE_LENGTH + size);
        out.writeBytes(data, 0, SIZE_LENGTH + size);
    }

    @Override
    void encodeRaw(ByteBuf payload, ByteBuf out, CipherScratch scratch) {
        while (payload.isReadable()) {
            int part = Math.min(payload.readableBytes(), CipherScratch.CAPACITY);
            payload.readBytes(scratch.output, 0, part);
            cfb.apply(scratch.output, 0, part);
            out.writeBytes(scratch.output, 0, part);
        }
    }
}
