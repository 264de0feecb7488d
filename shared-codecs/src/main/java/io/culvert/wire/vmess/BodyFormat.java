package io.culvert.wire.vmess;

import io.culvert.crypto.ChunkAead;

/**
 * How the bodies of a request look, as its security, options and command decide it for both directions (wire-formats section 3.7).
 *
 * @param packets whether a chunk is a datagram
 * @param chunked whether there are chunks at all
 * @param masked whether sizes are masked
 * @param padded whether chunks end in padding
 * @param sealedSizes whether sizes are sealed
 */
record BodyFormat(
        VmessSecurity security, boolean packets, boolean chunked, boolean masked, boolean padded, boolean sealedSizes) {

    /** The largest padding, in bytes. */
    static final int MAX_PADDING = 63;

    /** The largest size that a chunk can have. */
    static final int MAX_SIZE = 0xFFFF;

    /**
     * The largest chunk that is sent in stream mode, its size field included: a power of two that the smaller of the peers' read
     * buffers (sing-vmess) still holds.
     */
    static final int MAX_SENT = 16 * 1024;

    static BodyFormat of(VmessSecurity security, int options, VmessCommand command) {
        if (!VmessOptions.valid(options)) {
            throw new IllegalArgumentException("options: " + options + " (expected: padding with masking only)");
        }
        boolean packets = command == VmessCommand.UDP;
        boolean aead = security == VmessSecurity.AES_128_GCM || security == VmessSecurity.CHACHA20_POLY1305;
        boolean sealedSizes = aead && VmessOptions.has(options, VmessOptions.AUTHENTICATED_LENGTH);
        return new BodyFormat(
                security,
                packets,
                aead || VmessOptions.has(options, VmessOptions.CHUNK_STREAM),
                VmessOptions.has(options, VmessOptions.CHUNK_MASKING) && !sealedSizes,
                VmessOptions.has(options, VmessOptions.GLOBAL_PADDING) && (packets || security != VmessSecurity.NONE),
                sealedSizes);
    }

    /** The bytes of a chunk's size field. */
    int sizeLength() {
        return sealedSizes ? 2 + ChunkAead.TAG_LENGTH : 2;
    }

    /** The bytes that sealing adds to a payload. */
    int overhead() {
        return switch (security) {
            case AES_128_GCM, CHACHA20_POLY1305 -> ChunkAead.TAG_LENGTH;
            case LEGACY_CFB -> 4;
            case NONE -> 0;
        };
    }

    /** The largest payload of a chunk that is sent. */
    int maxPayload() {
        int padding = padded ? MAX_PADDING : 0;
        return packets ? MAX_SIZE - overhead() - padding : MAX_SENT - sizeLength() - overhead() - padding;
    }
}
