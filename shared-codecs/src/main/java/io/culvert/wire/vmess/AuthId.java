package io.culvert.wire.vmess;

/**
 * The first 16 bytes of an AEAD header, opened (wire-formats section 3.5). Together with its time it is all that a set of seen
 * headers must know, here or on another node.
 *
 * @param high bytes 0 to 7
 * @param low bytes 8 to 15
 * @param time the Unix second that the client put in
 */
public record AuthId(long high, long low, long time) {
    /** How far a client's clock may be away, in seconds, either way. */
    public static final int WINDOW_SECONDS = 120;

    /** The Unix second from which on the time alone refuses this AuthID. */
    public long expiry() {
        return time + WINDOW_SECONDS + 1;
    }

    /** The AuthID whose time alone refuses it from a Unix second on. */
    static AuthId expiringAt(long high, long low, long expiry) {
        return new AuthId(high, low, expiry - WINDOW_SECONDS - 1);
    }

    /** Whether a client's time is one that a server accepts now; both in Unix seconds. */
    static boolean timely(long time, long now) {
        return time >= 0 && time >= now - WINDOW_SECONDS && time <= now + WINDOW_SECONDS;
    }
}
