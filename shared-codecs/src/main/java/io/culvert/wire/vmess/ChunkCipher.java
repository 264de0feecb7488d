package io.culvert.wire.vmess;

import io.culvert.crypto.ChunkAead;
import io.culvert.crypto.Digests;
import io.culvert.crypto.VmessKdf;

/** The AEAD of one direction's chunks with its counting nonce: counter(2) | IV[2..12) (wire-formats section 3.7). */
final class ChunkCipher {
    private final ChunkAead aead;
    private final byte[] nonce = new byte[ChunkAead.NONCE_LENGTH];
    private int counter;

    private ChunkCipher(VmessSecurity security, byte[] key, byte[] iv) {
        aead = security == VmessSecurity.AES_128_GCM
                ? ChunkAead.aes128Gcm(key)
                : ChunkAead.chacha20Poly1305(chachaKey(key));
        System.arraycopy(iv, 0, nonce, 0, nonce.length);
    }

    /** For payloads. */
    static ChunkCipher ofPayload(BodyFormat format, VmessKeys keys) {
        return new ChunkCipher(format.security(), keys.key(), keys.iv());
    }

    /** For sealed sizes. */
    static ChunkCipher ofSize(BodyFormat format, VmessKeys keys) {
        VmessKeys sizes = keys.ofSizes();
        return new ChunkCipher(format.security(), VmessKdf.key(sizes.key(), VmessKdf.CHUNK_LENGTH_KEY), sizes.iv());
    }

    /** 32 bytes of key from 16, as VMess has it: MD5(key) | MD5(MD5(key)). */
    static byte[] chachaKey(byte[] key) {
        byte[] first = Digests.md5(key);
        byte[] second = Digests.md5(first);
        byte[] whole = new byte[32];
        System.arraycopy(first, 0, whole, 0, 16);
        System.arraycopy(second, 0, whole, 16, 16);
        return whole;
    }

    void seal(byte[] from, int at, int length, byte[] to, int toAt) {
        aead.seal(nextNonce(), from, at, length, to, toAt);
    }

    /** The bytes written, or -1 where the tag does not fit. */
    int open(byte[] from, int at, int length, byte[] to, int toAt) {
        return aead.open(nextNonce(), from, at, length, to, toAt);
    }

    /** The nonce of the next chunk. The counter wraps after 65,536 chunks and nonces repeat: the protocol has it so. */
    byte[] nextNonce() {
        nonce[0] = (byte) (counter >>> 8);
        nonce[1] = (byte) counter;
        counter = (counter + 1) & 0xFFFF;
        return nonce;
    }
}
