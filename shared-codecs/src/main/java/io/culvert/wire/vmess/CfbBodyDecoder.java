package io.culvert.wire.vmess;

import io.culvert.crypto.AesCfb;
import io.culvert.crypto.Fnv1a;
import io.netty.buffer.ByteBuf;

/** The body of the legacy security: AES-128-CFB over everything, sizes and padding included, raw or in chunks with FNV-1a. */
final class CfbBodyDecoder extends VmessBodyDecoder {
    private static final int CHECKSUM_LENGTH = 4;

    private final BodyFormat format;
    private final ChunkShape shape;
    private final AesCfb cfb;
    private int size = -1;
    private int padding;
    private BodyStatus status = BodyStatus.MORE;

    CfbBodyDecoder(BodyFormat format, VmessKeys keys, AesCfb cfb) {
        this.format = format;
        this.shape = new ChunkShape(format, keys);
        this.cfb = cfb;
    }

    @Override
    public BodyStatus decode(ByteBuf in, ByteBuf out, CipherScratch scratch) {
        BodyStatus now = status;
        while (now == BodyStatus.MORE && in.readableBytes() >= bytesNeeded()) {
            now = format.chunked() ? decodeChunkPart(in, out, scratch) : decodeRaw(in, out, scratch);
        }
        if (now == BodyStatus.END || now == BodyStatus.CORRUPT) {
            status = now;
        }
        return now;
    }

    @Override
    public int bytesNeeded() {
        if (!format.chunked()) {
            return 1;
        }
        return size < 0 ? format.sizeLength() : size;
    }

    @Override
    public boolean atBoundary() {
        return size < 0;
    }

    private BodyStatus decodeRaw(ByteBuf in, ByteBuf out, CipherScratch scratch) {
        int part = Math.min(in.readableBytes(), CipherScratch.CAPACITY);
        take(in, part, scratch);
        out.writeBytes(scratch.input, 0, part);
        return format.packets() ? BodyStatus.PACKET : BodyStatus.MORE;
    }

    private BodyStatus decodeChunkPart(ByteBuf in, ByteBuf out, CipherScratch scratch) {
        byte[] data = scratch.input;
        if (size < 0) {
            take(in, format.sizeLength(), scratch);
            padding = shape.nextPadding();
            int value = ((data[0] & 0xFF) << 8 | (data[1] & 0xFF)) ^ shape.nextMask();
            int empty = CHECKSUM_LENGTH + padding;
            if (value < empty) {
                return BodyStatus.CORRUPT;
            }
            if (value == empty) {
                return BodyStatus.END;
            }
            size = value;
            return BodyStatus.MORE;
        }
        take(in, size, scratch);
        int payload = size - padding - CHECKSUM_LENGTH;
        int stored = (data[0] & 0xFF) << 24 | (data[1] & 0xFF) << 16 | (data[2] & 0xFF) << 8 | (data[3] & 0xFF);
        if (Fnv1a.of(data, CHECKSUM_LENGTH, payload) != stored) {
            return BodyStatus.CORRUPT;
        }
        out.writeBytes(data, CHECKSUM_LENGTH, payload);
        size = -1;
        return format.packets() ? BodyStatus.PACKET : BodyStatus.MORE;
    }

    private void take(ByteBuf in, int length, CipherScratch scratch) {
        in.readBytes(scratch.input, 0, length);
        cfb.apply(scratch.input, 0, length);
    }
}
