package io.culvert.wire.kcp;

/** The reference's estimator of the round trip (wire-formats section 16.6), and the timeout that we make of it. */
final class RoundTrip {
    static final int FIRST_RTO = 100;
    static final int MOST_RTO = 10_000;
    /** Before anything is known a path may well be longer than the reference's start value. */
    static final int FIRST_TIMEOUT = 200;

    private static final long PEER_RTO_AFTER = 3_000;

    private final int ttiMillis;
    private int srtt;
    private int variation;
    private int rto = FIRST_RTO;
    private long updatedAt;

    RoundTrip(int ttiMillis, long now) {
        this.ttiMillis = ttiMillis;
        this.updatedAt = now;
    }

    /** Takes a sample in milliseconds. */
    void sample(int rtt, long now) {
        if (srtt == 0) {
            srtt = rtt;
            variation = rtt / 2;
        } else {
            variation = (3 * variation + Math.abs(rtt - srtt)) / 4;
            srtt = Math.max(ttiMillis, (7 * srtt + rtt) / 8);
        }
        int plain = ttiMillis < 4 * variation ? srtt + 4 * variation : srtt + variation;
        rto = Math.min(plain, MOST_RTO) * 5 / 4;
        updatedAt = now;
    }

    /** The peer's own timeout, which stands in when nothing has been measured for a while. */
    void peerRto(int value, long now) {
        if (now - updatedAt >= PEER_RTO_AFTER) {
            updatedAt = now;
            rto = value;
        }
    }

    /** What the peer is told. */
    int rto() {
        return rto;
    }

    int srtt() {
        return srtt;
    }

    int variation() {
        return variation;
    }

    /**
     * After how long without an answer a segment is sent again. Never less than two of the peer's flushes: it may answer that
     * late, and the reference's own value can fall to a millisecond on a fast link.
     */
    int timeout() {
        int least = 2 * ttiMillis;
        return srtt == 0 ? Math.max(least, FIRST_TIMEOUT) : Math.clamp(rto, least, MOST_RTO);
    }
}
