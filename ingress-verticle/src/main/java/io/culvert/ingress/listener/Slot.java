package io.culvert.ingress.listener;

import io.culvert.transport.channel.Channels;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Joins the sockets of one key, on all event loops, with what is served there now: a new configuration changes it by one write,
 * and no socket is touched. Empty it serves nobody: its sockets are open for a configuration that does not run yet.
 */
final class Slot {
    private volatile @Nullable Served served;

    void set(@Nullable Served next) {
        served = next;
    }

    @Nullable
    Served served() {
        return served;
    }

    /** Takes an accepted socket, prepared, from which nothing has been read. */
    void accept(Channel socket) {
        StreamAcceptor acceptor = acceptor();
        if (acceptor == null) {
            Channels.abort(socket);
        } else {
            acceptor.accept(socket);
        }
    }

    /** Takes a stream of a listener that has its transport in itself. */
    void acceptStream(Channel stream) {
        StreamAcceptor acceptor = acceptor();
        if (acceptor == null) {
            Channels.abort(stream);
        } else {
            acceptor.acceptStream(stream);
        }
    }

    private @Nullable StreamAcceptor acceptor() {
        Served now = served;
        return now == null ? null : now.acceptor();
    }
}
