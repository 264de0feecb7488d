package io.culvert.wire.vmess;

import io.culvert.crypto.ChunkAead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Chunks sealed by AES-128-GCM or ChaCha20-Poly1305. */
final class AeadBodyEncoder extends VmessBodyEncoder {
    private final VmessKeys keys;
    private final ChunkShape shape;
    private @Nullable ChunkCipher payloads;
    private @Nullable ChunkCipher sizes;

    AeadBodyEncoder(BodyFormat format, VmessKeys keys) {
        super(format);
        this.keys = keys;
        this.shape = new ChunkShape(format, keys);
    }

    /** Puts the payload where it will stand sealed, and seals it in place: in the target's own array where there is one. */
    @Override
    void encodeChunk(ByteBuf payload, int length, ByteBuf out, CipherScratch scratch) {
        int padding = shape.nextPadding();
        int size = length + ChunkAead.TAG_LENGTH + padding;
        int whole = format.sizeLength() + size;
        if (out.hasArray()) {
            out.ensureWritable(whole);
            write(payload, length, padding, size, out.array(), out.arrayOffset() + out.writerIndex(), scratch);
            out.writerIndex(out.writerIndex() + whole);
        } else {
            write(payload, length, padding, size, scratch.output, 0, scratch);
            out.writeBytes(scratch.output, 0, whole);
        }
    }

    @Override
    void encodeRaw(ByteBuf payload, ByteBuf out, CipherScratch scratch) {
        throw new IllegalStateException("sealed bodies have chunks");
    }

    private void write(ByteBuf payload, int length, int padding, int size, byte[] to, int at, CipherScratch scratch) {
        int sealedAt = at + format.sizeLength();
        payload.readBytes(to, sealedAt, length);
        payloads().seal(to, sealedAt, length, to, sealedAt);
        scratch.randomBytes(to, sealedAt + size - padding, padding);
        int value = format.sealedSizes() ? size - ChunkAead.TAG_LENGTH : size ^ shape.nextMask();
        to[at] = (byte) (value >>> 8);
        to[at + 1] = (byte) value;
        if (format.sealedSizes()) {
            sizes().seal(to, at, 2, to, at);
        }
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
