package io.culvert.wire.vmess;

import io.netty.buffer.ByteBuf;

/** The body of security none: raw, or in chunks that hold nothing but payload. */
final class PlainBodyEncoder extends VmessBodyEncoder {
    private final ChunkShape shape;

    PlainBodyEncoder(BodyFormat format, VmessKeys keys) {
        super(format);
        this.shape = new ChunkShape(format, keys);
    }

    @Override
    void encodeChunk(ByteBuf payload, int length, ByteBuf out, CipherScratch scratch) {
        int padding = shape.nextPadding();
        out.writeShort((length + padding) ^ shape.nextMask());
        out.writeBytes(payload, length);
        if (padding > 0) {
            scratch.randomBytes(scratch.output, 0, padding);
            out.writeBytes(scratch.output, 0, padding);
        }
    }

    @Override
    void encodeRaw(ByteBuf payload, ByteBuf out, CipherScratch scratch) {
        out.writeBytes(payload);
    }
}
