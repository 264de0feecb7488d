package io.culvert.launcher.cluster;

/** Why a node cannot be a member of a farm, in one line for the operator. */
public final class ClusterFailure extends Exception {
    private static final long serialVersionUID = 1L;

    ClusterFailure(String message) {
        super(message, null, false, false);
    }
}
