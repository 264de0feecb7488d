package io.culvert.launcher;

import io.culvert.egress.Egress;
import io.culvert.launcher.cluster.Farm;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.router.LinkGrants;
import io.culvert.transport.Outbound;
import io.vertx.core.Future;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A node's ends of the links between nodes. */
final class NodeLinks {
    private NodeLinks() {}

    static NodeLinks of(@Nullable Farm farm, Egress egress) {
        return new NodeLinks();
    }

    /** What opens destinations by the egress of another node. */
    Outbound outbound() {
        return (order, loop) -> loop.newFailedFuture(new SessionFailure(CloseCause.LINK_FAILED, "no link"));
    }

    Future<?> listen() {
        return Future.succeededFuture();
    }

    LinkGrants grants() {
        return LinkGrants.NONE;
    }

    @Nullable
    InetSocketAddress address() {
        return null;
    }

    int sessions() {
        return 0;
    }

    Future<Void> drain() {
        return Future.succeededFuture();
    }
}
