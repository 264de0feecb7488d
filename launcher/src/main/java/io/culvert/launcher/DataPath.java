package io.culvert.launcher;

import io.culvert.admin.SessionView;
import io.culvert.config.CulvertConfig;
import io.culvert.launcher.reload.Target;
import io.culvert.model.CloseCause;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** The deployed verticles as the node sees them: what they listen on, and how many sessions live. */
public interface DataPath {

    /** Every socket that is open for clients, in the order of the inbounds. */
    List<Listening> listening();

    /** The sessions that have not ended, those still in their handshake included. Any thread. */
    int liveSessions();

    /** How many of them are still in their handshake. Any thread. */
    int handshakes();

    /** A picture of the live sessions. Any thread. */
    List<SessionView> sessions();

    /** Ends a session; false where none has that id, which is as in {@link #sessions()}. Any thread. */
    boolean closeSession(String id);

    /** What takes another configuration. */
    Target target();

    /** What the node's announcements say of a configuration of it that has given way to another's. */
    void overruled(LongSupplier epoch);

    /** Tells the other nodes to send nothing here any more; sessions go on, and new clients are still served. */
    void leave(IntSupplier secondsLeft);

    /** Closes the listening sockets; sessions go on. */
    Future<Void> stopAccepting();

    /** Ends every session, those of other nodes too, by a reset, once no payload has moved in it for a time. */
    void endWhenIdle(long nanos, CloseCause cause);

    /** Ends every session, those of other nodes too, by a reset. */
    void endAll(CloseCause cause);

    /** Deploys the verticles of a configuration. */
    @FunctionalInterface
    interface Factory {
        /**
         * @return completes once every socket is open; fails with {@link StartFailure} where the operator can mend it, as
         *     when a port is taken. The node closes the runtime then
         */
        Future<DataPath> deploy(NodeRuntime runtime, CulvertConfig config, NodeOptions options);
    }
}
