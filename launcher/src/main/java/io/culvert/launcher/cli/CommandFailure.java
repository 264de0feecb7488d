package io.culvert.launcher.cli;

/** A command that cannot do what it was asked, for a reason that its user can mend: one line and an exit status. */
final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    CommandFailure(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }
}
