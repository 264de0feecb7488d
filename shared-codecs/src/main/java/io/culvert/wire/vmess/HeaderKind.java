package io.culvert.wire.vmess;

/** The two kinds of request header; the client chooses, and the response header is of the same kind. */
public enum HeaderKind {
    /** Sealed, {@code alterId} 0 (wire-formats section 3.5). */
    AEAD,
    /** HMAC-MD5 and AES-128-CFB, {@code alterId} above 0 (wire-formats section 3.4). */
    LEGACY
}
