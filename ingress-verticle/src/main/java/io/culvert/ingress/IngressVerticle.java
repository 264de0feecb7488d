package io.culvert.ingress;

import io.culvert.ingress.listener.IngressListeners;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * One event loop's share of a node's inbounds. A node deploys as many as it has event loops: the first has all sockets but those
 * of QUIC, on whose ports each listens.
 */
public final class IngressVerticle extends VerticleBase {
    private final IngressListeners listeners;

    /** @param listeners this verticle's own */
    public IngressVerticle(IngressListeners listeners) {
        this.listeners = listeners;
    }

    @Override
    public Future<?> start() {
        return listeners.open(vertx);
    }

    @Override
    public Future<?> stop() {
        return listeners.close();
    }
}
