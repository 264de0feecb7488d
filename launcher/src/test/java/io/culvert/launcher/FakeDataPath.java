package io.culvert.launcher;

import io.culvert.admin.SessionView;
import io.culvert.launcher.reload.Target;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** A data path that serves nobody. */
public final class FakeDataPath implements DataPath {
    /** What {@link #liveSessions()} says. */
    public volatile int live;

    /** Whether {@link #stopAccepting()} was called. */
    public volatile boolean stopped;

    @Override
    public List<Listening> listening() {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        return List.of(
                new Listening("socks", "in", new InetSocketAddress(loopback, 1080)),
                new Listening("vless", "", "tls", new InetSocketAddress(loopback, 10443)));
    }

    @Override
    public int liveSessions() {
        return live;
    }

    @Override
    public List<SessionView> sessions() {
        return List.of();
    }

    @Override
    public boolean closeSession(String id) {
        return false;
    }

    @Override
    public Target target() {
        return _ -> Future.failedFuture(new StartFailure("nothing else runs here"));
    }

    @Override
    public Future<Void> stopAccepting() {
        stopped = true;
        return Future.succeededFuture();
    }
}
