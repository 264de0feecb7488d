package io.culvert.launcher;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Errors;
import java.net.BindException;
import java.net.UnknownHostException;

/** The node cannot start for a reason that the operator can mend: shown as one line, without a stack trace. */
public final class StartFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean alone;

    /** @param message a whole sentence about what failed; holds no secret */
    public StartFailure(String message) {
        this(message, false);
    }

    private StartFailure(String message, boolean alone) {
        super(message, null, false, false);
        this.alone = alone;
    }

    /** The failure of a node that was to join others and met nobody. */
    static StartFailure ofBeingAlone(String message) {
        return new StartFailure(message, true);
    }

    /** Whether the node was to join others and met nobody. */
    public boolean isOfBeingAlone() {
        return alone;
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
            case Errors.NativeIoException e -> new StartFailure("cannot listen on " + socket + ": " + reason(e));
            case BindException e -> new StartFailure("cannot listen on " + socket + ": " + reason(e));
            // An option of the socket that the system refuses, in our own words.
            case ChannelException e -> new StartFailure("cannot listen on " + socket + ": " + e.getMessage());
            case UnknownHostException _ ->
                new StartFailure("cannot listen on " + socket + ": the name does not resolve");
            default -> failure;
        };
    }

    private static String reason(Exception failure) {
        String text = String.valueOf(failure.getMessage());
        int colon = text.lastIndexOf(": ");
        return colon < 0 ? text : text.substring(colon + 2);
    }
}
