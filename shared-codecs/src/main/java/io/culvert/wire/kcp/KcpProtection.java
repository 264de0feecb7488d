package io.culvert.wire.kcp;

import io.culvert.crypto.ChunkAead;

/** How packets are kept (wire-formats section 16.2). */
public enum KcpProtection {
    /** No seed: a checksum under a running xor. Against noise, not against anybody. */
    CHECKSUM(6, 6),
    /** A seed: AES-128-GCM. The reference forgets the nonce when it counts what fits the mtu. */
    SEALED(ChunkAead.TAG_LENGTH, ChunkAead.NONCE_LENGTH + ChunkAead.TAG_LENGTH);

    private final int counted;
    private final int overhead;

    KcpProtection(int counted, int overhead) {
        this.counted = counted;
        this.overhead = overhead;
    }

    /** What the payload of a full segment is shortened by, in bytes. */
    int counted() {
        return counted;
    }

    /** What it adds to a packet, in bytes. */
    int overhead() {
        return overhead;
    }
}
