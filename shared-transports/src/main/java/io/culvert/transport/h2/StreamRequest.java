package io.culvert.transport.h2;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/** What a client sends to open a stream, and what is on it. Safe for all event loops. */
public interface StreamRequest {

    /** The header fields of one request. */
    Http2Headers headers();

    /**
     * Whether the stream is open only once the server has answered 200; else it is when the request has left, or on a connection
     * on which none has been accepted when a refusal would have come.
     */
    boolean awaitsAnswer();

    /**
     * Why an answer that has status 200 and nothing behind its header fields refuses the stream all the same.
     *
     * @return for a log, or null where it does not
     */
    default @Nullable String refusal(Http2Headers answer) {
        return null;
    }

    /** Puts handlers on a stream, before its {@link io.culvert.transport.channel.EarlyBytesHandler}. */
    default void install(Channel stream) {}
}
