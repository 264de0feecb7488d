package io.culvert.launcher;

import io.culvert.launcher.cluster.ClusterFailure;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.Errors;
import java.net.BindException;
import java.net.UnknownHostException;

/** The node cannot start for a reason that the operator can mend: shown as one line, without a stack trace. */
public final class StartFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private enum Kind {
        ALONE,
        PORT_TAKEN,
        OTHER
    }

    private final Kind kind;

    /** @param message a whole sentence about what failed; holds no secret */
    public StartFailure(String message) {
        this(message, Kind.OTHER);
    }

    private StartFailure(String message, Kind kind) {
        super(message, null, false, false);
        this.kind = kind;
    }

    /** The failure of a node that was to join others and met nobody. */
    static StartFailure ofBeingAlone(String message) {
        return new StartFailure(message, Kind.ALONE);
    }

    /** Whether the node was to join others and met nobody. */
    public boolean isOfBeingAlone() {
        return kind == Kind.ALONE;
    }

    /** Whether somebody else listens where the node was to: on other ports it may start. */
    public boolean isOfTakenPort() {
        return kind == Kind.PORT_TAKEN;
    }

    /** What kept the node from its farm. */
    static StartFailure of(ClusterFailure failure) {
        return new StartFailure(
                String.valueOf(failure.getMessage()), failure.isOfTakenPort() ? Kind.PORT_TAKEN : Kind.OTHER);
    }

    /**
     * The failure of a socket that could not be opened, in words.
     *
     * @param socket what was to listen where, for example {@code socks 127.0.0.1:1080}
     * @param failure what the future of the listening failed with; returned as it is where it is something else
     */
    public static Throwable ofListening(String socket, Throwable failure) {
        return switch (failure) {
            // The native transport has a class of its own for what Java calls a BindException.
            case Errors.NativeIoException e -> ofBinding(socket, e);
            case BindException e -> ofBinding(socket, e);
            // An option of the socket that the system refuses, in our own words.
            case ChannelException e -> new StartFailure("cannot listen on " + socket + ": " + e.getMessage());
            case UnknownHostException _ ->
                new StartFailure("cannot listen on " + socket + ": the name does not resolve");
            default -> failure;
        };
    }

    private static StartFailure ofBinding(String socket, Exception failure) {
        String reason = reason(failure);
        // EADDRINUSE: neither class keeps the number where it can be read.
        Kind kind = reason.contains("already in use") ? Kind.PORT_TAKEN : Kind.OTHER;
        return new StartFailure("cannot listen on " + socket + ": " + reason, kind);
    }

    private static String reason(Exception failure) {
        String text = String.valueOf(failure.getMessage());
        int colon = text.lastIndexOf(": ");
        return colon < 0 ? text : text.substring(colon + 2);
    }
}
