package io.culvert.wire.vmess;

/** The option bits of a request, which hold for the bodies of both directions (wire-formats section 3.3). */
public final class VmessOptions {
    /** The body is a sequence of chunks. */
    public static final int CHUNK_STREAM = 0x01;

    /** Chunk sizes are masked with a SHAKE128 stream. */
    public static final int CHUNK_MASKING = 0x04;

    /** Chunks end in random padding; only together with {@link #CHUNK_MASKING}. */
    public static final int GLOBAL_PADDING = 0x08;

    /** Chunk sizes are sealed; not known to V2Ray 4.34. */
    public static final int AUTHENTICATED_LENGTH = 0x10;

    private VmessOptions() {}

    /** Whether a bit is set. */
    public static boolean has(int options, int bit) {
        return (options & bit) != 0;
    }

    /** Whether a peer may ask for these options: padding without masking has no meaning, and V2Ray 4.34 crashes on it. */
    public static boolean valid(int options) {
        return !has(options, GLOBAL_PADDING) || has(options, CHUNK_MASKING);
    }
}
