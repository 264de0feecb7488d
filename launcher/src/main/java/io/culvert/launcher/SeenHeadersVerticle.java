package io.culvert.launcher;

import io.culvert.ingress.protocol.SeenMemory;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Closes the file of the VMess headers that have been used together with the node, however far its start has come. */
final class SeenHeadersVerticle extends VerticleBase {
    private final SeenMemory memory;

    SeenHeadersVerticle(SeenMemory memory) {
        this.memory = memory;
    }

    @Override
    public Future<?> stop() {
        return vertx.executeBlocking(() -> {
            memory.close();
            return null;
        });
    }
}
