package io.culvert.egress;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Keeps a node's {@link Egress} while it is deployed. Deployed before the node's ingress. */
public final class EgressVerticle extends VerticleBase {
    private final Egress egress;

    public EgressVerticle(Egress egress) {
        this.egress = egress;
    }

    @Override
    public Future<?> stop() {
        egress.close();
        return Future.succeededFuture();
    }
}
