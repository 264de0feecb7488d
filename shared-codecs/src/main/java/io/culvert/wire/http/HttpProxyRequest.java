package io.culvert.wire.http;

import io.culvert.model.Destination;
import org.jspecify.annotations.Nullable;

/**
 * What a client of an HTTP proxy asks for.
 *
 * @param <U> what an account stands for
 */
public sealed interface HttpProxyRequest<U> {

    /** Who authenticated, or null where no one has to. */
    @Nullable
    U user();

    /** CONNECT: a byte stream to the destination. It has been granted, and what is left in the buffer is payload. */
    record Tunnel<U>(Destination destination, @Nullable U user) implements HttpProxyRequest<U> {}

    /** A plain request, which is passed on by the exchange. */
    record Forward<U>(HttpExchange exchange, @Nullable U user) implements HttpProxyRequest<U> {}
}
