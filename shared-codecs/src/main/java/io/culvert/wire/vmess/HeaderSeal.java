package io.culvert.wire.vmess;

import io.culvert.crypto.ChunkAead;
import io.culvert.crypto.VmessKdf;
import io.culvert.crypto.VmessKdf.Label;

/** The two seals of an AEAD request header (wire-formats section 3.5): of its length, and of its instruction block. */
final class HeaderSeal {
    private final ChunkAead aead;
    private final byte[] nonce;
    private final byte[] authId;

    private HeaderSeal(byte[] commandKey, Label key, Label nonce, byte[] authId, byte[] connectionNonce) {
        this.aead = ChunkAead.aes128Gcm(VmessKdf.key(commandKey, key, authId, connectionNonce));
        this.nonce = VmessKdf.nonce(commandKey, nonce, authId, connectionNonce);
        this.authId = authId;
    }

    static HeaderSeal ofLength(byte[] commandKey, byte[] authId, byte[] connectionNonce) {
        return new HeaderSeal(
                commandKey, VmessKdf.HEADER_LENGTH_KEY, VmessKdf.HEADER_LENGTH_NONCE, authId, connectionNonce);
    }

    static HeaderSeal ofBlock(byte[] commandKey, byte[] authId, byte[] connectionNonce) {
        return new HeaderSeal(commandKey, VmessKdf.HEADER_KEY, VmessKdf.HEADER_NONCE, authId, connectionNonce);
    }

    byte[] seal(byte[] plain) {
        byte[] sealed = new byte[plain.length + ChunkAead.TAG_LENGTH];
        aead.seal(nonce, authId, plain, 0, plain.length, sealed, 0);
        return sealed;
    }

    /** Opens the first {@code length} bytes into {@code to}; false where the tag does not fit. */
    boolean open(byte[] sealed, int length, byte[] to) {
        return aead.open(nonce, authId, sealed, 0, length, to, 0) >= 0;
    }
}
