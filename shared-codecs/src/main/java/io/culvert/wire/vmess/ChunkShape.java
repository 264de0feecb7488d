package io.culvert.wire.vmess;

import io.culvert.crypto.Shake128;
import org.jspecify.annotations.Nullable;

/**
 * The lengths of padding and the masks of sizes of one direction, drawn from its SHAKE128 stream: for each chunk the padding first,
 * then the mask (wire-formats section 3.7).
 */
final class ChunkShape {
    private final @Nullable Shake128 shake;
    private final boolean padded;
    private final boolean masked;

    ChunkShape(BodyFormat format, VmessKeys keys) {
        padded = format.padded();
        masked = format.masked();
        shake = padded || masked ? new Shake128(keys.iv()) : null;
    }

    /** The padding of the next chunk, in bytes; to be called once a chunk, before {@link #nextMask}. */
    int nextPadding() {
        return padded && shake != null ? shake.nextU16() & BodyFormat.MAX_PADDING : 0;
    }

    /** What the next chunk's size is xored with; to be called once a chunk. */
    int nextMask() {
        return masked && shake != null ? shake.nextU16() : 0;
    }
}
