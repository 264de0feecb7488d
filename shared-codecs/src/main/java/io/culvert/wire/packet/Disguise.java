package io.culvert.wire.packet;

/** What packets can look like to somebody on the way (wire-formats section 16.3). */
public enum Disguise {
    NONE(0),
    /** The header of an encrypted voice call. */
    SRTP(4),
    /** BitTorrent's transport. */
    UTP(4),
    WECHAT_VIDEO(13),
    /** A record of DTLS 1.2. */
    DTLS(13),
    WIREGUARD(4);

    private final int size;

    Disguise(int size) {
        this.size = size;
    }

    /** The bytes in front of each packet. */
    public int size() {
        return size;
    }
}
