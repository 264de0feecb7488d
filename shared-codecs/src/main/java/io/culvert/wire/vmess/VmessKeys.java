package io.culvert.wire.vmess;

import io.culvert.crypto.Digests;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The body key and body IV of one direction, 16 bytes each. Immutable; shows neither. */
public final class VmessKeys {
    static final int LENGTH = 16;

    private final byte[] key;
    private final byte[] iv;
    /** The request's keys, where these are a response's. */
    private final @Nullable VmessKeys request;

    private VmessKeys(byte[] key, byte[] iv, @Nullable VmessKeys request) {
        this.key = key;
        this.iv = iv;
        this.request = request;
    }

    /**
     * Keys from 16 bytes each.
     *
     * @throws IllegalArgumentException where a length is another
     */
    public static VmessKeys of(byte[] key, byte[] iv) {
        if (key.length != LENGTH || iv.length != LENGTH) {
            throw new IllegalArgumentException("key and IV have 16 bytes each");
        }
        return new VmessKeys(key.clone(), iv.clone(), null);
    }

    /** The keys of the response to a request with these keys (wire-formats section 3.6). */
    VmessKeys response(HeaderKind kind) {
        return switch (kind) {
            case LEGACY -> new VmessKeys(Digests.md5(key), Digests.md5(iv), this);
            case AEAD ->
                new VmessKeys(
                        Arrays.copyOf(Digests.sha256(key), LENGTH), Arrays.copyOf(Digests.sha256(iv), LENGTH), this);
        };
    }

    /** What the sealed sizes of this direction are made from: V2Ray 5, Xray and sing-box take the request's in both. */
    VmessKeys ofSizes() {
        return request == null ? this : request;
    }

    /** Not to be changed by the caller. */
    byte[] key() {
        return key;
    }

    /** Not to be changed by the caller. */
    byte[] iv() {
        return iv;
    }

    @Override
    public String toString() {
        return "VmessKeys[hidden]";
    }
}
