package io.culvert.launcher.cluster;

import java.net.BindException;

/** Why a node cannot be a member of a farm, in one line for the operator. */
public final class ClusterFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean portTaken;

    ClusterFailure(String message) {
        this(message, false);
    }

    private ClusterFailure(String message, boolean portTaken) {
        super(message, null, false, false);
        this.portTaken = portTaken;
    }

    /** The failure of a start with this fault at its root. */
    static ClusterFailure of(String message, Throwable root) {
        return new ClusterFailure(message, root instanceof BindException);
    }

    /** Whether somebody else listens on a port that the node was to have. */
    public boolean isOfTakenPort() {
        return portTaken;
    }
}
