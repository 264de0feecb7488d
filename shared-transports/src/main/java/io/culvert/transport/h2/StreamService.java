package io.culvert.transport.h2;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/** What a server does with requests: which become streams, and what is on them. Safe for all event loops. */
public interface StreamService {

    /** The header fields of the answer to a request that becomes a stream, or null for 404. */
    @Nullable
    Http2Headers answer(Http2Headers request);

    /** The header fields that end a stream's output, or null for none. */
    default @Nullable Http2Headers trailers() {
        return null;
    }

    /** Whether the first address of {@code X-Forwarded-For} is the client's. */
    boolean trustsForwardedFor();

    /** Puts handlers on a stream, before its {@link io.culvert.transport.channel.EarlyBytesHandler}. */
    default void install(Channel stream) {}
}
