package io.culvert.model;

/** Why a session ended: one list for the log field, the metric label and, between nodes, the code on the wire. */
public enum CloseCause {
    COMPLETED(0, "completed"),
    CLIENT_RESET(1, "client reset"),
    UPSTREAM_RESET(2, "upstream reset"),
    IDLE_TIMEOUT(3, "idle timeout"),
    HALF_CLOSED_TIMEOUT(4, "half-closed timeout"),
    HANDSHAKE_TIMEOUT(5, "handshake timeout"),
    HANDSHAKE_ABANDONED(6, "client left during the handshake"),
    MALFORMED(7, "malformed request"),
    AUTH_FAILED(8, "invalid user"),
    REPLAYED(9, "replayed request"),
    NOT_ALLOWED(10, "not allowed here"),
    ROUTE_REFUSED(11, "refused by the router"),
    NO_ROUTER(12, "no router answered"),
    NO_EGRESS(13, "no egress serves the outbound"),
    BLACKHOLED(14, "blackholed"),
    ADDRESS_FORBIDDEN(15, "destination address is forbidden"),
    NAME_NOT_FOUND(16, "name does not resolve"),
    DIAL_REFUSED(17, "connection refused"),
    DIAL_UNREACHABLE(18, "destination unreachable"),
    DIAL_TIMEOUT(19, "connection timed out"),
    UPSTREAM_HANDSHAKE_FAILED(20, "upstream proxy refused or failed"),
    TRUNCATED(21, "stream cut in the middle of a chunk"),
    CORRUPT(22, "stream failed authentication"),
    LIMIT(23, "limit reached"),
    DRAINED(24, "node drained"),
    USER_REMOVED(25, "user removed"),
    UNSUPPORTED(26, "not supported"),
    INTERNAL(27, "internal fault"),
    LINK_FAILED(28, "link to the egress failed"),
    TICKET_REFUSED(29, "ticket refused by the egress"),
    ENDED_BY_OPERATOR(30, "ended by the operator"),
    MALFORMED_ANSWER(31, "malformed answer");

    private static final CloseCause[] BY_CODE = values();

    private final int code;
    private final String text;

    CloseCause(int code, String text) {
        this.code = code;
        this.text = text;
    }

    /** The code on the wire between nodes, 0 to 255; never reused. */
    public int code() {
        return code;
    }

    /** The cause in words, as logs have it. */
    public String text() {
        return text;
    }

    /**
     * Whether a destination that could not be opened for this cause may be asked of another egress: nothing of the client has
     * left, and the fault is that egress's or its link's, not the destination's. {@link #LINK_FAILED} means that the egress could
     * not be reached, or went away before it answered; the others are its answers, given before it dialled or for want of a
     * route. Once a session is open none of them may be: what the client sent may have arrived.
     */
    public boolean mayTryElsewhere() {
        return switch (this) {
            case LINK_FAILED, TICKET_REFUSED, DRAINED, LIMIT, NO_EGRESS, DIAL_UNREACHABLE -> true;
            case COMPLETED,
                    CLIENT_RESET,
                    UPSTREAM_RESET,
                    IDLE_TIMEOUT,
                    HALF_CLOSED_TIMEOUT,
                    HANDSHAKE_TIMEOUT,
                    HANDSHAKE_ABANDONED,
                    MALFORMED,
                    AUTH_FAILED,
                    REPLAYED,
                    NOT_ALLOWED,
                    ROUTE_REFUSED,
                    NO_ROUTER,
                    BLACKHOLED,
                    ADDRESS_FORBIDDEN,
                    NAME_NOT_FOUND,
                    DIAL_REFUSED,
                    DIAL_TIMEOUT,
                    UPSTREAM_HANDSHAKE_FAILED,
                    TRUNCATED,
                    CORRUPT,
                    USER_REMOVED,
                    UNSUPPORTED,
                    ENDED_BY_OPERATOR,
                    MALFORMED_ANSWER,
                    INTERNAL -> false;
        };
    }

    /** The cause of a code, {@link #INTERNAL} for one that this version does not know. */
    public static CloseCause ofCode(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : INTERNAL;
    }
}
