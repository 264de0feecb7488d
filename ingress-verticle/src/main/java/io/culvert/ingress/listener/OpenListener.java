package io.culvert.ingress.listener;

import io.vertx.core.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A socket of an inbound. Used on the context of the verticle that has it. */
sealed interface OpenListener permits InboundListener, DatagramListener, QuicListener, KcpListener {

    /** Where it listens, or null before it does and for a unix socket. */
    @Nullable
    InetSocketAddress address();

    /** Takes nobody new; sessions that are open stay, at the longest until the limit. */
    Future<Void> shutdown(Duration limit);

    /** Completes once a socket that is being shut down leaves its address to another; at once where that takes its last session. */
    default Future<Void> unbound() {
        return Future.succeededFuture();
    }

    /** Ends everything at once. */
    Future<Void> close();
}
