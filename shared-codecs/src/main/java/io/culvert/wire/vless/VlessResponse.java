package io.culvert.wire.vless;

import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;

/** The VLESS response header: {@code version | addons length | addons} (wire-formats section 4.1). It says nothing but "yes". */
public enum VlessResponse {
    ACCEPTED;

    /** Version 0 without addons, as every known server sends it. */
    public static void write(ByteBuf out) {
        out.writeShort(0);
    }

    /**
     * Reads a header. Takes nothing unless it is whole, at most 257 bytes; addons are skipped whatever they hold.
     *
     * @return accepted, more needed, or malformed for another version
     */
    public static Decoded<VlessResponse> read(ByteBuf in) {
        int start = in.readerIndex();
        int readable = in.readableBytes();
        if (readable > 0 && in.getByte(start) != 0) {
            return Decoded.malformed(CloseCause.UPSTREAM_HANDSHAKE_FAILED, "the answer is not VLESS version 0");
        }
        if (readable < 2 || readable < 2 + in.getUnsignedByte(start + 1)) {
            return Decoded.needMore();
        }
        in.skipBytes(2 + in.getUnsignedByte(start + 1));
        return Decoded.complete(ACCEPTED);
    }
}
