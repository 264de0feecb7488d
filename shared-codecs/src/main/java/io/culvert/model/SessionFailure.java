package io.culvert.model;

/** A session that could not go on, as the failure of a future. Stackless: a peer's fault is a value, not an accident. */
public final class SessionFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final CloseCause cause;

    /**
     * @param cause why, for log, metric and wire
     * @param detail what happened, for the log only; holds no secret
     */
    public SessionFailure(CloseCause cause, String detail) {
        super(detail, null, false, false);
        this.cause = cause;
    }

    public CloseCause closeCause() {
        return cause;
    }
}
