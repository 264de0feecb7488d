package io.culvert.wire.vmess;

import io.culvert.crypto.ChunkAead;
import io.culvert.crypto.VmessKdf;
import io.culvert.crypto.VmessKdf.Label;

/** The two seals of an AEAD response header (wire-formats section 3.6): of its length, and of its plain form. */
final class ResponseSeal {
    private final ChunkAead aead;
    private final byte[] nonce;

    private ResponseSeal(VmessKeys response, Label key, Label nonce) {
        this.aead = ChunkAead.aes128Gcm(VmessKdf.key(response.key(), key));
        this.nonce = VmessKdf.nonce(response.iv(), nonce);
    }

    static ResponseSeal ofLength(VmessKeys response) {
        return new ResponseSeal(response, VmessKdf.RESPONSE_LENGTH_KEY, VmessKdf.RESPONSE_LENGTH_NONCE);
    }

    static ResponseSeal ofPlain(VmessKeys response) {
        return new ResponseSeal(response, VmessKdf.RESPONSE_KEY, VmessKdf.RESPONSE_NONCE);
    }

    byte[] seal(byte[] plain) {
        byte[] sealed = new byte[plain.length + ChunkAead.TAG_LENGTH];
        aead.seal(nonce, plain, 0, plain.length, sealed, 0);
        return sealed;
    }

    /** Opens into {@code to}; false where the tag does not fit. */
    boolean open(byte[] sealed, byte[] to) {
        return aead.open(nonce, sealed, 0, sealed.length, to, 0) >= 0;
    }
}
