package io.culvert.ingress.protocol;

import com.hazelcast.OffenderInstance;
import io.culvert.router.RouterOffender;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Breaks the rules about verticles and about the data path. */
public record IngressOffender(
        RouterOffender router,
        EventBus bus,
        VertxInternal vertx,
        Buffer buffer,
        JsonObject json,
        Class<OffenderInstance> hazelcast) {

    /** Waits, locks, prints and makes a stream. */
    public synchronized void offend(CompletableFuture<String> future) {
        System.out.println(Stream.of(future.join()).count());
    }
}
