package io.culvert.launcher.cli;

/** Exit statuses. */
final class Exit {
    static final int OK = 0;

    /** The node could not start or a helper could not do its work. */
    static final int FAILED = 1;

    /** The command line is wrong. */
    static final int USAGE = 2;

    /** The configuration is wrong: V2Ray's status, which unit files name in {@code RestartPreventExitStatus}. */
    static final int CONFIG = 23;

    /** Nobody of the farm that was to be joined was met: {@code EX_UNAVAILABLE} of BSD's sysexits. */
    static final int ALONE = 69;

    private Exit() {}
}
