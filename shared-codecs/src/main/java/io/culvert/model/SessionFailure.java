package io.culvert.model;

/** A session that could not go on, as the failure of a future. Stackless: a peer's fault is a value, not an accident. */
public final class SessionFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final CloseCause cause;
    private final boolean refusal;

    /**
     * @param cause why, for log, metric and wire
     * @param detail what happened, for the log only; holds no secret
     */
    public SessionFailure(CloseCause cause, String detail) {
        this(cause, detail, false);
    }

    private SessionFailure(CloseCause cause, String detail, boolean refusal) {
        super(detail, null, false, false);
        this.cause = cause;
        this.refusal = refusal;
    }

    /** A failure that is the answer of a server which understood what it was asked: asking it again would not change it. */
    public static SessionFailure refusal(CloseCause cause, String detail) {
        return new SessionFailure(cause, detail, true);
    }

    /** Whether a server has answered, and with no. */
    public boolean isRefusal() {
        return refusal;
    }

    public CloseCause closeCause() {
        return cause;
    }
}
