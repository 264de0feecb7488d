package io.culvert.wire.kcp;

import io.culvert.crypto.ChunkAead;
import io.culvert.crypto.Digests;
import io.culvert.crypto.Fnv1a;
import io.culvert.wire.packet.Disguise;
import io.culvert.wire.packet.DisguiseHeader;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Packets of one socket: segments to and from what is on the wire (wire-formats sections 16.2 and 16.3). It owns the arrays that
 * it works on, so it serves one thread.
 */
public final class KcpPackets {
    /** A longer packet is none of mKCP's, in bytes. */
    public static final int MOST_BYTES = 2_048;
    /** Where segments stand in {@link #outgoing}: room for what goes in front of them. */
    public static final int AT = 16;

    private static final int CHECKSUM_OVERHEAD = 6;
    private static final int KEY_LENGTH = 16;
    /** Nonces drawn from the random source at once. */
    private static final int NONCES = 64;

    private final DisguiseHeader header;
    private final int headerSize;
    private final @Nullable ChunkAead sealing;
    private final @Nullable ChunkAead opening;
    private final RandomGenerator random;
    private final byte[] outgoing = new byte[MOST_BYTES + ChunkAead.TAG_LENGTH];
    private final byte[] incoming = new byte[MOST_BYTES];
    private final byte[] sealed = new byte[MOST_BYTES];
    private final byte[] nonce = new byte[ChunkAead.NONCE_LENGTH];
    private final byte[] nonces;
    private int nextNonce;

    /** @param seed the password of the packets, or null for the checksum; an empty one is one */
    public KcpPackets(Disguise disguise, @Nullable String seed, RandomGenerator random) {
        this(new DisguiseHeader(disguise, random), disguise.size(), seed, random);
    }

    private KcpPackets(DisguiseHeader header, int headerSize, @Nullable String seed, RandomGenerator random) {
        this.header = header;
        this.headerSize = headerSize;
        this.random = random;
        if (seed == null) {
            this.sealing = null;
            this.opening = null;
            this.nonces = new byte[0];
        } else {
            byte[] key = Arrays.copyOf(Digests.sha256(seed.getBytes(StandardCharsets.UTF_8)), KEY_LENGTH);
            this.sealing = ChunkAead.aes128Gcm(key);
            this.opening = ChunkAead.aes128Gcm(key);
            this.nonces = new byte[NONCES * ChunkAead.NONCE_LENGTH];
        }
        this.nextNonce = nonces.length;
    }

    /** What a seed, or none, makes of packets. */
    public static KcpProtection protection(@Nullable String seed) {
        return seed == null ? KcpProtection.CHECKSUM : KcpProtection.SEALED;
    }

    /** Where segments that are to be sent are written, from {@link #AT} on. */
    public byte[] outgoing() {
        return outgoing;
    }

    /** The segments of the last packet opened, from 0 on. */
    public byte[] incoming() {
        return incoming;
    }

    /**
     * Makes a packet of the segments in {@link #outgoing}, whose content is of no use afterwards.
     *
     * @param length of the segments in bytes
     */
    public void seal(int length, ByteBuf out) {
        header.write(out);
        if (sealing == null) {
            int at = AT - CHECKSUM_OVERHEAD;
            Bytes.putShort(outgoing, at + 4, length);
            Bytes.putInt(outgoing, at, Fnv1a.of(outgoing, at + 4, length + 2));
            chain(outgoing, at, length + CHECKSUM_OVERHEAD);
            out.writeBytes(outgoing, at, length + CHECKSUM_OVERHEAD);
        } else {
            drawNonce();
            sealing.seal(nonce, outgoing, AT, length, outgoing, AT);
            out.writeBytes(nonce).writeBytes(outgoing, AT, length + ChunkAead.TAG_LENGTH);
        }
    }

    /**
     * Opens a packet into {@link #incoming}.
     *
     * @return the bytes of its segments, or -1 where it is none of ours
     */
    public int open(ByteBuf packet) {
        int at = packet.readerIndex() + headerSize;
        int length = packet.readableBytes() - headerSize;
        return opening == null ? openChecked(packet, at, length) : openSealed(opening, packet, at, length);
    }

    private int openChecked(ByteBuf packet, int at, int length) {
        if (length < CHECKSUM_OVERHEAD || length > MOST_BYTES) {
            return -1;
        }
        packet.getBytes(at, sealed, 0, length);
        int checksum = Bytes.getInt(sealed, 0);
        unchain(sealed, length);
        int segments = Bytes.getShort(sealed, 4);
        if (segments != length - CHECKSUM_OVERHEAD || Fnv1a.of(sealed, 4, length - 4) != checksum) {
            return -1;
        }
        System.arraycopy(sealed, CHECKSUM_OVERHEAD, incoming, 0, segments);
        return segments;
    }

    private int openSealed(ChunkAead aead, ByteBuf packet, int at, int length) {
        int body = length - ChunkAead.NONCE_LENGTH;
        if (body < ChunkAead.TAG_LENGTH || body > MOST_BYTES) {
            return -1;
        }
        packet.getBytes(at, nonce);
        packet.getBytes(at + ChunkAead.NONCE_LENGTH, sealed, 0, body);
        return aead.open(nonce, sealed, 0, body, incoming, 0);
    }

    /** byte[i] ^= byte[i - 4] from the front: four lanes, so a word at a time. */
    private static void chain(byte[] data, int at, int length) {
        int end = at + length;
        int i = at + 4;
        int last = Bytes.getInt(data, at);
        for (; i + 4 <= end; i += 4) {
            last ^= Bytes.getInt(data, i);
            Bytes.putInt(data, i, last);
        }
        for (; i < end; i++) {
            data[i] ^= data[i - 4];
        }
    }

    /** The inverse, from the back. */
    private static void unchain(byte[] data, int length) {
        int i = length;
        while ((i & 3) != 0 && i > 4) {
            i--;
            data[i] ^= data[i - 4];
        }
        for (i -= 4; i >= 4; i -= 4) {
            Bytes.putInt(data, i, Bytes.getInt(data, i) ^ Bytes.getInt(data, i - 4));
        }
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
