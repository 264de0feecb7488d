package io.culvert.wire.vmess;

import io.netty.buffer.ByteBuf;

/** The body of security none: raw, or in chunks that hold nothing but payload. A stream's chunk is handed on in parts as it comes. */
final class PlainBodyDecoder extends VmessBodyDecoder {
    private final BodyFormat format;
    private final ChunkShape shape;
    /** What is left of the present chunk, or -1 while the next size field has not been taken. */
    private int left = -1;

    private int padding;
    private BodyStatus status = BodyStatus.MORE;

    PlainBodyDecoder(BodyFormat format, VmessKeys keys) {
        this.format = format;
        this.shape = new ChunkShape(format, keys);
    }

    @Override
    public BodyStatus decode(ByteBuf in, ByteBuf out, CipherScratch scratch) {
        BodyStatus now = status;
        while (now == BodyStatus.MORE && in.readableBytes() >= bytesNeeded()) {
            now = format.chunked() ? decodeChunkPart(in, out) : decodeRaw(in, out);
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
        if (left < 0) {
            return format.sizeLength();
        }
        return format.packets() ? left : 1;
    }

    @Override
    public boolean atBoundary() {
        return left < 0;
    }

    private BodyStatus decodeRaw(ByteBuf in, ByteBuf out) {
        out.writeBytes(in);
        return format.packets() ? BodyStatus.PACKET : BodyStatus.MORE;
    }

    private BodyStatus decodeChunkPart(ByteBuf in, ByteBuf out) {
        if (left < 0) {
            padding = shape.nextPadding();
            int value = in.readUnsignedShort() ^ shape.nextMask();
            if (value < padding) {
                return BodyStatus.CORRUPT;
            }
            if (value == padding) {
                return BodyStatus.END;
            }
            left = value;
            return BodyStatus.MORE;
        }
        if (format.packets()) {
            out.writeBytes(in, left - padding);
            in.skipBytes(padding);
            left = -1;
            return BodyStatus.PACKET;
        }
        int part = Math.min(left, in.readableBytes());
        out.writeBytes(in, part);
        left = left == part ? -1 : left - part;
        return BodyStatus.MORE;
    }
}
