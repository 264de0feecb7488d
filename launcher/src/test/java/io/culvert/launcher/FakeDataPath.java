package io.culvert.launcher;

import io.culvert.admin.SessionView;
import io.culvert.launcher.reload.Target;
import io.culvert.model.CloseCause;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** A data path that serves nobody. */
public final class FakeDataPath implements DataPath {
    /** What {@link #liveSessions()} says. */
    public volatile int live;

    /** What of that {@link #handshakes()} says. */
    public volatile int handshakes;

    /** Whether {@link #stopAccepting()} was called. */
    public volatile boolean stopped;

    /** Whether {@link #endAll} ends what is live. */
    public volatile boolean endsAll = true;

    /** What takes other configurations. */
    public volatile Target target = (_, _) -> Future.failedFuture(new StartFailure("nothing else runs here"));

    /** What it was told of its sessions' end, in order, without repetitions. */
    public final List<String> told = new CopyOnWriteArrayList<>();

    @Override
    public List<Listening> listening() {
        return List.of(
                new Listening("socks", "in", "", "127.0.0.1:1080"),
                new Listening("vless", "", "tls", "127.0.0.1:10443"));
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
        return target;
    }

    @Override
    public int handshakes() {
        return handshakes;
    }

    @Override
    public void overruled(LongSupplier epoch) {
        // Nobody hears of it.
    }

    @Override
    public void leave(IntSupplier secondsLeft) {
        tell("leave");
    }

    @Override
    public void endWhenIdle(long nanos, CloseCause cause) {
        tell("idle: " + cause);
    }

    @Override
    public void endAll(CloseCause cause) {
        tell("all: " + cause);
        live = endsAll ? 0 : live;
    }

    private synchronized void tell(String what) {
        if (!told.contains(what)) {
            told.add(what);
        }
    }

    @Override
    public Future<Void> stopAccepting() {
        tell("close");
        stopped = true;
        return Future.succeededFuture();
    }
}
