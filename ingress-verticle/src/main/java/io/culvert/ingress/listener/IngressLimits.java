package io.culvert.ingress.listener;

/**
 * How much a node takes on.
 *
 * @param sessions live sessions of a node of its own; each needs two descriptors
 * @param halfOpen connections whose request is not known yet: of reverse proxies and this host, and as many of everybody else
 * @param datagramSessions UDP sessions of one listening socket, unless its inbound says another number
 */
public record IngressLimits(int sessions, int halfOpen, int datagramSessions) {
    /** UDP sessions of a SOCKS association. */
    public static final int ASSOCIATION_DATAGRAM_SESSIONS = 256;

    /** Descriptors that no session gets: those of listeners, logs, and the JVM. */
    public static final int DESCRIPTORS_KEPT_FREE = 500;

    /**
     * The same for each other node of the farm: its event bus has a connection each way, Hazelcast one, and there are those of
     * the link. A farm of 3 was seen to take 3.4 a node, as one of 16 does.
     */
    public static final int DESCRIPTORS_A_NODE = 4;

    private static final int DESCRIPTORS_A_SESSION = 2;
    private static final int LEAST_SESSIONS = 64;
    /** What an idle UDP session costs, and the part of the memory that those of one socket may take. */
    private static final int DATAGRAM_SESSION_BYTES = 16 * 1024;

    private static final int DATAGRAM_SESSIONS_PART = 8;
    private static final int LEAST_DATAGRAM_SESSIONS = 1_024;
    private static final int MOST_DATAGRAM_SESSIONS = 262_144;
    private static final int MOST_HALF_OPEN_SOURCES = 1_024;
    private static final int MOST_KCP_HALF_OPEN = 1_024;

    /**
     * The limits that fit a process.
     *
     * @param openFiles how many descriptors the process may have
     * @param memoryBytes how much memory Java may have
     */
    public static IngressLimits of(long openFiles, long memoryBytes) {
        int sessions =
                Math.clamp((openFiles - DESCRIPTORS_KEPT_FREE) / DESCRIPTORS_A_SESSION, LEAST_SESSIONS, 1_000_000);
        int datagramSessions = Math.clamp(
                memoryBytes / DATAGRAM_SESSIONS_PART / DATAGRAM_SESSION_BYTES,
                LEAST_DATAGRAM_SESSIONS,
                MOST_DATAGRAM_SESSIONS);
        return new IngressLimits(sessions, Math.max(64, sessions / 2), Math.min(datagramSessions, sessions));
    }

    /** Live sessions of a node that has connections to a number of other nodes. */
    public int sessionsBeside(int nodes) {
        return Math.max(
                Math.min(sessions, LEAST_SESSIONS), sessions - nodes * DESCRIPTORS_A_NODE / DESCRIPTORS_A_SESSION);
    }

    /** Sources of which one connection each may be half open beside {@link #halfOpen}. */
    public int halfOpenSources() {
        return Math.min(sessions, MOST_HALF_OPEN_SOURCES);
    }

    /**
     * mKCP sessions of one listening socket whose clients have not shown that they are where their packets seem to come from: a
     * part of {@link #halfOpen}, so that who makes up addresses does not keep everybody else out.
     */
    public int kcpHalfOpen() {
        return Math.clamp(halfOpen / 4, 1, MOST_KCP_HALF_OPEN);
    }
}
