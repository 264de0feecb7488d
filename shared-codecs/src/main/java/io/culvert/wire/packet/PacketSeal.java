package io.culvert.wire.packet;

import io.culvert.crypto.ChunkAead;
import io.culvert.crypto.Digests;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A packet's seal: {@code nonce(12) | AEAD(packet)} without additional data, under a key that both sides have configured
 * (wire-formats sections 15 and 16.2). Not for several threads: it owns the arrays that the ciphers work on.
 */
public final class PacketSeal {
    /** The bytes that a seal adds to a packet. */
    public static final int OVERHEAD = ChunkAead.NONCE_LENGTH + ChunkAead.TAG_LENGTH;

    /** The longest packet with its seal, in bytes: what the reference's buffers hold. */
    public static final int MAX_SEALED = 2_048;

    private static final String QUIC_SALT = "v2ray-quic-salt";

    /** Nonces drawn from the random source at once. */
    private static final int NONCES = 64;

    private final ChunkAead sealing;
    private final ChunkAead opening;
    private final RandomGenerator random;
    private final byte[] nonces = new byte[NONCES * ChunkAead.NONCE_LENGTH];
    private int nextNonce = nonces.length;
    private final byte[] nonce = new byte[ChunkAead.NONCE_LENGTH];
    private final byte[] source = new byte[MAX_SEALED];
    private final byte[] result = new byte[MAX_SEALED + ChunkAead.TAG_LENGTH];

    private PacketSeal(ChunkAead sealing, ChunkAead opening, RandomGenerator random) {
        this.sealing = sealing;
        this.opening = opening;
        this.random = random;
    }

    /** AES-128-GCM under a key of 16 bytes. */
    public static PacketSeal aes128Gcm(byte[] key, RandomGenerator random) {
        return new PacketSeal(ChunkAead.aes128Gcm(key), ChunkAead.aes128Gcm(key), random);
    }

    /** ChaCha20-Poly1305 under a key of 32 bytes. */
    public static PacketSeal chacha20Poly1305(byte[] key, RandomGenerator random) {
        return new PacketSeal(ChunkAead.chacha20Poly1305(key), ChunkAead.chacha20Poly1305(key), random);
    }

    /** What QUIC's {@code key} becomes, 32 bytes; AES takes the first 16 (section 15). */
    public static byte[] quicKey(String key) {
        return Digests.sha256((key + QUIC_SALT).getBytes(StandardCharsets.UTF_8));
    }

    /** AES-128-GCM under QUIC's {@code key}. */
    public static PacketSeal quicAes128Gcm(String key, RandomGenerator random) {
        return aes128Gcm(Arrays.copyOf(quicKey(key), 16), random);
    }

    /** ChaCha20-Poly1305 under QUIC's {@code key}. */
    public static PacketSeal quicChacha20Poly1305(String key, RandomGenerator random) {
        return chacha20Poly1305(quicKey(key), random);
    }

    /**
     * Seals a packet.
     *
     * @param packet {@code length} bytes of it are taken, at most {@link #MAX_SEALED} - {@link #OVERHEAD}
     */
    public void seal(ByteBuf packet, int length, ByteBuf out) {
        if (length > MAX_SEALED - OVERHEAD) {
            throw new IllegalArgumentException("a packet of " + length + " bytes");
        }
        packet.readBytes(source, 0, length);
        drawNonce();
        sealing.seal(nonce, source, 0, length, result, 0);
        out.writeBytes(nonce).writeBytes(result, 0, length + ChunkAead.TAG_LENGTH);
    }

    /**
     * Opens a packet in its own buffer: afterwards its readable bytes are what had been sealed.
     *
     * @return false where it is too short, too long, or not sealed under this key; the buffer's content is then of no use
     */
    public boolean open(ByteBuf packet) {
        int sealed = packet.readableBytes() - ChunkAead.NONCE_LENGTH;
        if (sealed < ChunkAead.TAG_LENGTH || sealed > MAX_SEALED - ChunkAead.NONCE_LENGTH) {
            return false;
        }
        packet.readBytes(nonce);
        packet.getBytes(packet.readerIndex(), source, 0, sealed);
        int length = opening.open(nonce, source, 0, sealed, result, 0);
        if (length < 0) {
            return false;
        }
        packet.setBytes(packet.readerIndex(), result, 0, length);
        packet.writerIndex(packet.readerIndex() + length);
        return true;
    }

    /** Nonces are random and not counted: a counter would show on the wire. */
    private void drawNonce() {
        if (nextNonce == nonces.length) {
            random.nextBytes(nonces);
            nextNonce = 0;
        }
        System.arraycopy(nonces, nextNonce, nonce, 0, nonce.length);
        nextNonce += nonce.length;
    }
}
