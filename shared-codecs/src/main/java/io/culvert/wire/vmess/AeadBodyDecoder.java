package io.culvert.wire.vmess;

import io.culvert.crypto.ChunkAead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Chunks sealed by AES-128-GCM or ChaCha20-Poly1305. */
final class AeadBodyDecoder extends VmessBodyDecoder {
    private final BodyFormat format;
    private final VmessKeys keys;
    private final ChunkShape shape;
    private final int sizeLength;

    private @Nullable ChunkCipher payloads;
    private @Nullable ChunkCipher sizes;
    /** The size of the chunk that comes next, or -1 while its size field has not been taken. */
    private int size = -1;

    private int padding;
    private BodyStatus status = BodyStatus.MORE;

    AeadBodyDecoder(BodyFormat format, VmessKeys keys) {
        this.format = format;
        this.keys = keys;
        this.shape = new ChunkShape(format, keys);
        this.sizeLength = format.sizeLength();
    }

    @Override
    public BodyStatus decode(ByteBuf in, ByteBuf out, CipherScratch scratch) {
        BodyStatus now = status;
        while (now == BodyStatus.MORE && in.readableBytes() >= bytesNeeded()) {
            // A datagram is taken alone, so that what follows it is not copied once for each.
            int batch = Math.min(in.readableBytes(), format.packets() ? bytesNeeded() : CipherScratch.CAPACITY);
            if (in.hasArray()) {
                now = decodeBatch(in.array(), in.arrayOffset() + in.readerIndex(), batch, in, out, scratch);
            } else {
                in.getBytes(in.readerIndex(), scratch.input, 0, batch);
                now = decodeBatch(scratch.input, 0, batch, in, out, scratch);
            }
        }
        if (now == BodyStatus.END || now == BodyStatus.CORRUPT) {
            status = now;
        }
        return now;
    }

    @Override
    public int bytesNeeded() {
        return size < 0 ? sizeLength : size;
    }

    @Override
    public boolean atBoundary() {
        return size < 0;
    }

    /** Opens the whole chunks of a range of bytes, which stands for what is next in {@code in}. */
    @SuppressWarnings("ReferenceEquality") // whether it is the same memory is the question
    private BodyStatus decodeBatch(byte[] from, int start, int length, ByteBuf in, ByteBuf out, CipherScratch scratch) {
        // Opening within one array costs twice, and pooled buffers may share one.
        boolean direct = out.hasArray() && out.array() != from;
        byte[] to = scratch.output;
        int toStart = 0;
        if (direct) {
            out.ensureWritable(length);
            to = out.array();
            toStart = out.arrayOffset() + out.writerIndex();
        }
        int at = start;
        int end = start + length;
        int toAt = toStart;
        BodyStatus now = BodyStatus.MORE;
        while (now == BodyStatus.MORE && end - at >= bytesNeeded()) {
            if (size < 0) {
                now = takeSize(from, at, scratch);
                at += sizeLength;
                continue;
            }
            int opened = payloads().open(from, at, size - padding, to, toAt);
            if (opened < 0) {
                now = BodyStatus.CORRUPT;
                break;
            }
            at += size;
            toAt += opened;
            size = -1;
            if (format.packets()) {
                now = BodyStatus.PACKET;
            }
        }
        in.skipBytes(at - start);
        if (direct) {
            out.writerIndex(out.writerIndex() + toAt - toStart);
        } else {
            out.writeBytes(to, toStart, toAt - toStart);
        }
        return now;
    }

    private BodyStatus takeSize(byte[] from, int at, CipherScratch scratch) {
        padding = shape.nextPadding();
        int value;
        if (format.sealedSizes()) {
            byte[] plain = scratch.size;
            if (sizes().open(from, at, sizeLength, plain, 0) < 0) {
                return BodyStatus.CORRUPT;
            }
            value = ((plain[0] & 0xFF) << 8 | (plain[1] & 0xFF)) + ChunkAead.TAG_LENGTH;
        } else {
            value = ((from[at] & 0xFF) << 8 | (from[at + 1] & 0xFF)) ^ shape.nextMask();
        }
        int empty = ChunkAead.TAG_LENGTH + padding;
        if (value < empty || value > BodyFormat.MAX_SIZE) {
            return BodyStatus.CORRUPT;
        }
        // The end marker is known by its size alone; its tag and padding need not come.
        if (value == empty) {
            return BodyStatus.END;
        }
        size = value;
        return BodyStatus.MORE;
    }

    private ChunkCipher payloads() {
        ChunkCipher cipher = payloads;
        if (cipher == null) {
            cipher = ChunkCipher.ofPayload(format, keys);
            payloads = cipher;
        }
        return cipher;
    }

    private ChunkCipher sizes() {
        ChunkCipher cipher = sizes;
        if (cipher == null) {
            cipher = ChunkCipher.ofSize(format, keys);
            sizes = cipher;
        }
        return cipher;
    }
}
