package io.culvert.bus;

/**
 * A message of the control path that could not be written or read. Stackless: it is thrown where the event bus leaves no
 * other way to say no, and what it tells is the other node's fault or a value that is too long, not a place in our code.
 */
public final class BusFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong; holds none of the message's bytes */
    public BusFormatException(String message) {
        super(message, null, false, false);
    }
}
