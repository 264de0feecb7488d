package io.culvert.ingress.listener;

/** A port of an inbound that could not be opened. The cause says why. */
public final class ListenException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String socket;
    private final Throwable reason;

    ListenException(String socket, Throwable cause) {
        super("cannot listen on " + socket, cause);
        this.socket = socket;
        this.reason = cause;
    }

    /** What the system said. */
    public Throwable reason() {
        return reason;
    }

    /** {@code socks 127.0.0.1:1080}. */
    public String socket() {
        return socket;
    }
}
