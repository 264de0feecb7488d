package io.culvert.wire.vmess;

import io.culvert.crypto.AesCfb;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Writes response headers, as a server (wire-formats section 3.6). */
public final class VmessResponseEncoder {
    private VmessResponseEncoder() {}

    /**
     * Writes the header of the response to a request.
     *
     * @param switchAccount a command for the client, or null
     * @return the encoder of the body that follows; after a legacy header with a CFB body it continues the header's cipher stream
     */
    public static VmessBodyEncoder encode(VmessRequest request, @Nullable SwitchAccount switchAccount, ByteBuf out) {
        return encode(request, 0, switchAccount, out);
    }

    /** {@link #encode(VmessRequest, SwitchAccount, ByteBuf)} with an option byte, which no server of today sends. */
    static VmessBodyEncoder encode(
            VmessRequest request, int option, @Nullable SwitchAccount switchAccount, ByteBuf out) {
        VmessKeys keys = request.keys().response(request.kind());
        byte[] plain = plain(request.responseV(), option, switchAccount);
        return switch (request.kind()) {
            case AEAD -> {
                out.writeBytes(ResponseSeal.ofLength(keys)
                        .seal(new byte[] {(byte) (plain.length >>> 8), (byte) plain.length}));
                out.writeBytes(ResponseSeal.ofPlain(keys).seal(plain));
                yield VmessBodyEncoder.ofResponse(request, keys, null);
            }
            case LEGACY -> {
                AesCfb cfb = AesCfb.encryptor(keys.key(), keys.iv());
                cfb.apply(plain, 0, plain.length);
                out.writeBytes(plain);
                yield VmessBodyEncoder.ofResponse(request, keys, cfb);
            }
        };
    }

    private static byte[] plain(int responseV, int option, @Nullable SwitchAccount switchAccount) {
        byte[] data = switchAccount == null ? new byte[0] : switchAccount.write();
        byte[] plain = new byte[VmessResponseDecoder.FIXED_LENGTH + data.length];
        plain[0] = (byte) responseV;
        plain[1] = (byte) option;
        plain[2] = (byte) (switchAccount == null ? 0 : SwitchAccount.COMMAND_ID);
        plain[3] = (byte) data.length;
        System.arraycopy(data, 0, plain, VmessResponseDecoder.FIXED_LENGTH, data.length);
        return plain;
    }
}
