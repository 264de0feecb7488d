package io.culvert.transport.channel;

/**
 * The end of one direction of a byte stream, as handlers say it to each other.
 *
 * <p>{@link #INPUT} is a user event that travels inbound: nothing more will be read. {@link #OUTPUT} is a message that is
 * written: nothing more will be. A protocol with an end mark of its own (VMess) turns the one into the other; at the bottom
 * of the pipeline {@link HalfCloseHandler} turns {@code OUTPUT} into a FIN and a FIN into {@code INPUT}.
 */
public enum StreamEnd {
    INPUT,
    OUTPUT
}
