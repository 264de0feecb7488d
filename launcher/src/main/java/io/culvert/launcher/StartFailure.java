package io.culvert.launcher;

/** The node cannot start for a reason that the operator can mend: shown as one line, without a stack trace. */
public final class StartFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message a whole sentence about what failed; holds no secret */
    public StartFailure(String message) {
        super(message, null, false, false);
    }
}
