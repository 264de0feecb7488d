package io.culvert.wire;

import io.culvert.model.CloseCause;

/**
 * The outcome of feeding bytes to a decoder.
 *
 * @param <T> the value that the decoder makes
 */
public sealed interface Decoded<T> {

    /** The value is whole; the buffer's reader index stands behind it. */
    record Complete<T>(T value) implements Decoded<T> {}

    /** More bytes are needed. The decoder keeps what it has taken, or has taken nothing; its own comment says which. */
    record NeedMore<T>() implements Decoded<T> {
        private static final NeedMore<?> INSTANCE = new NeedMore<>();
    }

    /**
     * The bytes can never become a value.
     *
     * @param cause what the peer did wrong
     * @param why for the log; holds no secret and none of the peer's bytes
     */
    record Malformed<T>(CloseCause cause, String why) implements Decoded<T> {}

    static <T> Decoded<T> complete(T value) {
        return new Complete<>(value);
    }

    @SuppressWarnings("unchecked") // the shared instance holds no T
    static <T> Decoded<T> needMore() {
        return (Decoded<T>) NeedMore.INSTANCE;
    }

    static <T> Decoded<T> malformed(String why) {
        return new Malformed<>(CloseCause.MALFORMED, why);
    }

    static <T> Decoded<T> malformed(CloseCause cause, String why) {
        return new Malformed<>(cause, why);
    }
}
