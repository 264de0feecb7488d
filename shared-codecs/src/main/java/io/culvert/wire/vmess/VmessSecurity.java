package io.culvert.wire.vmess;

import org.jspecify.annotations.Nullable;

/** How a body is protected (wire-formats section 3.3). */
public enum VmessSecurity {
    /** AES-128-CFB over the whole body with FNV-1a in each chunk: no protection against change. */
    LEGACY_CFB(1, VmessOptions.CHUNK_STREAM),
    AES_128_GCM(3, VmessOptions.CHUNK_STREAM | VmessOptions.CHUNK_MASKING | VmessOptions.GLOBAL_PADDING),
    CHACHA20_POLY1305(4, VmessOptions.CHUNK_STREAM | VmessOptions.CHUNK_MASKING | VmessOptions.GLOBAL_PADDING),
    /** Plain bytes, in chunks or raw: for use under TLS. */
    NONE(5, VmessOptions.CHUNK_STREAM | VmessOptions.CHUNK_MASKING);

    private final int wire;
    private final int clientOptions;

    VmessSecurity(int wire, int clientOptions) {
        this.wire = wire;
        this.clientOptions = clientOptions;
    }

    /** The value in a header, 1 to 5. */
    public int wire() {
        return wire;
    }

    /** The {@link VmessOptions} that a V2Ray client sends with this security. */
    public int clientOptions() {
        return clientOptions;
    }

    /** Whether someone on the way can change the payload unnoticed: what {@code disableInsecureEncryption} refuses. */
    public boolean insecure() {
        return this == LEGACY_CFB || this == NONE;
    }

    /** The security of a value in a header (0 reads as 1), or null for one that no peer may send. */
    public static @Nullable VmessSecurity ofWire(int value) {
        return switch (value) {
            case 0, 1 -> LEGACY_CFB;
            case 3 -> AES_128_GCM;
            case 4 -> CHACHA20_POLY1305;
            case 5 -> NONE;
            default -> null;
        };
    }
}
