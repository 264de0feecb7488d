package io.culvert.launcher.cli;

import io.culvert.launcher.StartFailure;

/** A command that cannot do what it was asked, for a reason that its user can mend: one line and an exit status. */
final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final boolean portTaken;

    CommandFailure(int status, String message) {
        this(status, message, false);
    }

    private CommandFailure(int status, String message, boolean portTaken) {
        super(message, null, false, false);
        this.status = status;
        this.portTaken = portTaken;
    }

    /** What a node could not start for. */
    static CommandFailure of(StartFailure failure) {
        return new CommandFailure(
                failure.isOfBeingAlone() ? Exit.ALONE : Exit.FAILED,
                String.valueOf(failure.getMessage()),
                failure.isOfTakenPort());
    }

    /** Whether the node may start on other ports. */
    boolean isOfTakenPort() {
        return portTaken;
    }

    int status() {
        return status;
    }
}
