package io.culvert.wire.kcp;

/** The states of a session (wire-formats section 16.8). There is no half close. */
public enum KcpState {
    ACTIVE,
    /** Closed here; what is in the send window still goes. */
    READY_TO_CLOSE,
    /** The peer has closed, and may still have bytes on the way. */
    PEER_CLOSED,
    /** Both have closed, or the send window is empty: the peer is told to forget. */
    TERMINATING,
    /** The peer has told us to forget. */
    PEER_TERMINATING,
    TERMINATED;

    /** Closed here. */
    KcpState closedHere() {
        return switch (this) {
            case ACTIVE -> READY_TO_CLOSE;
            case PEER_CLOSED -> TERMINATING;
            case PEER_TERMINATING -> TERMINATED;
            case READY_TO_CLOSE, TERMINATING, TERMINATED -> this;
        };
    }

    /** The option of a peer that has closed came. */
    KcpState peerClosed() {
        return switch (this) {
            case ACTIVE -> PEER_CLOSED;
            case READY_TO_CLOSE -> TERMINATING;
            case PEER_CLOSED, TERMINATING, PEER_TERMINATING, TERMINATED -> this;
        };
    }

    /** A terminate came. */
    KcpState peerTerminated() {
        return switch (this) {
            case ACTIVE, PEER_CLOSED -> PEER_TERMINATING;
            case READY_TO_CLOSE -> TERMINATING;
            case TERMINATING -> TERMINATED;
            case PEER_TERMINATING, TERMINATED -> this;
        };
    }

    /** Whether the application may still get bytes. */
    boolean reads() {
        return this == ACTIVE || this == PEER_CLOSED || this == PEER_TERMINATING;
    }

    /** Whether what has been written may still go. */
    boolean sends() {
        return this == ACTIVE || this == READY_TO_CLOSE;
    }
}
