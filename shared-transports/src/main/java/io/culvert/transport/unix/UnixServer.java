package io.culvert.transport.unix;

import io.culvert.files.FileFaults;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.raw.SessionLoops;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.SocketServer;
import io.netty.channel.Channel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening unix socket (wire-formats section 14.5). One of a node's verticles has it, as the system does not share such a
 * socket; its connections are spread over all event loops.
 */
public final class UnixServer {
    private static final Logger LOG = LoggerFactory.getLogger(UnixServer.class);

    private final Vertx vertx;
    private final UnixAddress address;
    private final SocketServer server;
    private @Nullable SocketFile file;

    /**
     * @param loops as {@link SocketServer} takes them
     * @param accepted as {@link SocketServer} gives connections
     */
    public UnixServer(Vertx vertx, SessionLoops loops, UnixAddress address, Consumer<Channel> accepted) {
        this.vertx = vertx;
        this.address = address;
        this.server = new SocketServer(loops, SocketOptions.NONE, accepted);
    }

    /** Listens; fails with an {@link IOException} that says why. */
    public Future<Void> listen() {
        if (address.isAbstract()) {
            return bind();
        }
        Path path = Path.of(address.name());
        return vertx.executeBlocking(() -> SocketFile.claim(path))
                .compose(claimed -> {
                    file = claimed;
                    return bind();
                })
                .compose(_ -> vertx.executeBlocking(this::permit))
                .<Void>mapEmpty()
                .recover(fault -> release().transform(_ -> Future.failedFuture(fault)));
    }

    private Future<Void> bind() {
        if (address.isPadded()) {
            try {
                return VertxChannels.future(server.serve(PaddedSockets.listen(address, SocketServer.BACKLOG)))
                        .mapEmpty();
            } catch (IOException e) {
                return Future.failedFuture(e);
            }
        }
        return VertxChannels.future(server.listen(address.toNetty())).mapEmpty();
    }

    private boolean permit() throws IOException {
        SocketFile claimed = file;
        Integer mode = address.mode();
        if (claimed != null && mode != null) {
            claimed.permit(mode);
            return true;
        }
        return false;
    }

    /** The path is free for another server at once; connections that are open stay until the limit. */
    public Future<Void> shutdown(Duration limit) {
        return release()
                .compose(_ -> VertxChannels.future(server.shutdown(limit)))
                .mapEmpty();
    }

    private Future<Void> release() {
        SocketFile claimed = file;
        file = null;
        if (claimed == null) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(() -> {
                    try {
                        claimed.close();
                        return true;
                    } catch (IOException e) {
                        LOG.warn("{} could not be removed: {}", address, FileFaults.reason(e));
                        return false;
                    }
                })
                .mapEmpty();
    }
}
