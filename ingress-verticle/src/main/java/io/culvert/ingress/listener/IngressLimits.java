package io.culvert.ingress.listener;

/**
 * How much a node takes on (reliability section 2e).
 *
 * @param sessions live sessions; each needs two descriptors
 * @param halfOpen connections whose request is not known yet
 * @param datagramSessions UDP sessions of one listening socket
 */
public record IngressLimits(int sessions, int halfOpen, int datagramSessions) {
    private static final int DESCRIPTORS_KEPT_FREE = 500;
    private static final int MOST_DATAGRAM_SESSIONS = 4_096;
    private static final int MOST_KCP_HALF_OPEN = 1_024;

    /**
     * The limits that fit a process.
     *
     * @param openFiles how many descriptors the process may have
     */
    public static IngressLimits of(long openFiles) {
        int sessions = Math.clamp((openFiles - DESCRIPTORS_KEPT_FREE) / 2, 64, 1_000_000);
        return new IngressLimits(sessions, Math.max(64, sessions / 2), Math.min(MOST_DATAGRAM_SESSIONS, sessions));
    }

    /**
     * mKCP sessions of one listening socket whose clients have not shown that they are where their packets seem to come from: a
     * part of {@link #halfOpen}, so that who makes up addresses does not keep everybody else out.
     */
    public int kcpHalfOpen() {
        return Math.clamp(halfOpen / 4, 1, MOST_KCP_HALF_OPEN);
    }
}
