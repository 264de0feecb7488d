package io.culvert.wire.vmess;

import io.culvert.crypto.AesCfb;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Encodes one direction's body (wire-formats section 3.7). Holds keys and counters only; ciphers are made at the first chunk. To be
 * used by one thread.
 */
public abstract sealed class VmessBodyEncoder permits AeadBodyEncoder, CfbBodyEncoder, PlainBodyEncoder {
    final BodyFormat format;

    VmessBodyEncoder(BodyFormat format) {
        this.format = format;
    }

    /** The encoder of a request's body, for a client. */
    public static VmessBodyEncoder ofRequest(VmessRequest request) {
        return of(BodyFormat.of(request.security(), request.options(), request.command()), request.keys(), null);
    }

    /** The encoder of the body behind a response header, for a server. */
    static VmessBodyEncoder ofResponse(VmessRequest request, VmessKeys keys, @Nullable AesCfb running) {
        return of(BodyFormat.of(request.security(), request.options(), request.command()), keys, running);
    }

    /** @param running a CFB stream that the body continues, or null where it starts its own */
    static VmessBodyEncoder of(BodyFormat format, VmessKeys keys, @Nullable AesCfb running) {
        return switch (format.security()) {
            case AES_128_GCM, CHACHA20_POLY1305 -> new AeadBodyEncoder(format, keys);
            case LEGACY_CFB ->
                new CfbBodyEncoder(format, keys, running != null ? running : AesCfb.encryptor(keys.key(), keys.iv()));
            case NONE -> new PlainBodyEncoder(format, keys);
        };
    }

    /**
     * Takes all of {@code payload} and appends it to {@code out}: in stream mode in the largest chunks that all peers read, in packet
     * mode as one datagram. An empty payload is nothing: on the wire it would be the end.
     *
     * @throws IllegalArgumentException where a datagram is longer than {@link #maxPayload}; nothing has been taken then
     */
    public final void encode(ByteBuf payload, ByteBuf out, CipherScratch scratch) {
        if (!format.chunked()) {
            encodeRaw(payload, out, scratch);
            return;
        }
        int max = format.maxPayload();
        if (format.packets() && payload.readableBytes() > max) {
            throw new IllegalArgumentException(
                    "datagram: " + payload.readableBytes() + " bytes (expected: <= " + max + ")");
        }
        while (payload.isReadable()) {
            encodeChunk(payload, Math.min(max, payload.readableBytes()), out, scratch);
        }
    }

    /** Writes the end marker, which a sender writes once when it ends in order; nothing where the body is raw. */
    public final void encodeEnd(ByteBuf out, CipherScratch scratch) {
        if (format.chunked()) {
            encodeChunk(Unpooled.EMPTY_BUFFER, 0, out, scratch);
        }
    }

    /** The most bytes that a payload takes when it is encoded, padding counted in full. */
    public final int maxEncodedLength(int payload) {
        if (!format.chunked()) {
            return payload;
        }
        int padding = format.padded() ? BodyFormat.MAX_PADDING : 0;
        int chunks = Math.ceilDiv(payload, format.maxPayload());
        return payload + chunks * (format.sizeLength() + format.overhead() + padding);
    }

    /** The largest payload that one chunk, and so a datagram, can be. */
    public final int maxPayload() {
        return format.maxPayload();
    }

    /** Takes {@code length} bytes of payload into one chunk. */
    abstract void encodeChunk(ByteBuf payload, int length, ByteBuf out, CipherScratch scratch);

    /** Takes all of a payload where there are no chunks. */
    abstract void encodeRaw(ByteBuf payload, ByteBuf out, CipherScratch scratch);
}
