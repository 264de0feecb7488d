package io.culvert.model;

/**
 * The limits that a session runs under, from its policy level (wire-formats section 18.1). Times are milliseconds.
 *
 * @param connIdleMillis no bytes in either direction for this long ends the session
 * @param uplinkOnlyMillis replaces connIdle once the downlink has ended; 0 ends the session at once
 * @param downlinkOnlyMillis replaces connIdle once the uplink has ended; 0 ends the session at once
 * @param bufferBytes how much may be queued in one direction before its reader is paused, at least 1
 */
public record SessionPolicy(long connIdleMillis, long uplinkOnlyMillis, long downlinkOnlyMillis, int bufferBytes) {

    /** The high mark of a direction's queue unless the level's {@code bufferSize} says otherwise. */
    public static final int DEFAULT_BUFFER_BYTES = 64 * 1024;

    /** What 4.34 runs by when no policy is configured: 300 s, 1 s, 1 s (peers section 0.1). */
    public static final SessionPolicy DEFAULT = new SessionPolicy(300_000, 1_000, 1_000, DEFAULT_BUFFER_BYTES);

    public SessionPolicy {
        if (connIdleMillis < 0 || uplinkOnlyMillis < 0 || downlinkOnlyMillis < 0 || bufferBytes < 1) {
            throw new IllegalArgumentException("times are at least 0 ms and the buffer at least 1 byte");
        }
    }

    /** The shorter of each time, and this buffer. */
    public SessionPolicy within(SessionPolicy other) {
        if (connIdleMillis <= other.connIdleMillis
                && uplinkOnlyMillis <= other.uplinkOnlyMillis
                && downlinkOnlyMillis <= other.downlinkOnlyMillis) {
            return this;
        }
        return new SessionPolicy(
                Math.min(connIdleMillis, other.connIdleMillis),
                Math.min(uplinkOnlyMillis, other.uplinkOnlyMillis),
                Math.min(downlinkOnlyMillis, other.downlinkOnlyMillis),
                bufferBytes);
    }
}
