package io.culvert.wire.vmess;

import io.culvert.crypto.AesCfb;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one direction's body (wire-formats section 3.7). Holds keys, counters and at most one parsed size; the bytes of a chunk that
 * is not whole stay in the caller's buffer, and ciphers are made at the first chunk. To be used by one thread.
 *
 * <p>Unlike V2Ray 4.34, which skips a damaged chunk of 2 KiB or less, every damaged chunk ends the body.
 */
public abstract sealed class VmessBodyDecoder permits AeadBodyDecoder, CfbBodyDecoder, PlainBodyDecoder {

    VmessBodyDecoder() {}

    /** The decoder of a request's body, for a server. */
    public static VmessBodyDecoder ofRequest(VmessRequest request) {
        return of(request, request.keys(), null);
    }

    /** The decoder of the body behind a response header, for a client. */
    static VmessBodyDecoder ofResponse(VmessRequest request, VmessKeys keys, @Nullable AesCfb running) {
        return of(request, keys, running);
    }

    private static VmessBodyDecoder of(VmessRequest request, VmessKeys keys, @Nullable AesCfb running) {
        return of(BodyFormat.of(request.security(), request.options(), request.command()), keys, running);
    }

    /** @param running a CFB stream that the body continues, or null where it starts its own */
    static VmessBodyDecoder of(BodyFormat format, VmessKeys keys, @Nullable AesCfb running) {
        return switch (format.security()) {
            case AES_128_GCM, CHACHA20_POLY1305 -> new AeadBodyDecoder(format, keys);
            case LEGACY_CFB ->
                new CfbBodyDecoder(format, keys, running != null ? running : AesCfb.decryptor(keys.key(), keys.iv()));
            case NONE -> new PlainBodyDecoder(format, keys);
        };
    }

    /**
     * Takes whole chunks from {@code in} and appends their payload to {@code out}: in stream mode all that there are, in packet mode
     * one datagram. The buffers may be direct or on the heap; a heap buffer is opened from or into without a copy.
     *
     * @return {@link BodyStatus#MORE} or {@link BodyStatus#PACKET} to go on; after {@link BodyStatus#END} or
     *     {@link BodyStatus#CORRUPT} every later call gives the same and takes nothing
     */
    public abstract BodyStatus decode(ByteBuf in, ByteBuf out, CipherScratch scratch);

    /** After {@link BodyStatus#MORE}: how many bytes there must be in {@code in} for the next call to achieve anything, at least 1. */
    public abstract int bytesNeeded();

    /**
     * Whether a close of the connection now, with nothing left over in {@code in}, is an orderly end: no chunk is begun. A close
     * elsewhere cuts the stream.
     */
    public abstract boolean atBoundary();
}
