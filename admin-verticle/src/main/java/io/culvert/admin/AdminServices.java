package io.culvert.admin;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.List;

/** What the admin server asks of its node; called on the verticle's event loop, so nothing here blocks. */
public interface AdminServices {

    /** Whether the node takes sessions: it has joined, and does not drain. */
    boolean ready();

    /** Whether an address is one of this machine's. */
    boolean isOwn(InetAddress address);

    /** The live sessions. */
    List<SessionView> sessions();

    /** Ends a session; false where there is none of that id. */
    boolean closeSession(String id);

    /** The nodes of the farm, this one among them. */
    List<NodeView> nodes();

    /** The configuration that runs, without its secrets. */
    Future<ConfigView> config();

    /**
     * Takes a configuration; fails only for a fault of our own.
     *
     * @param dryRun only has every node say whether it could
     * @param force also where it would leave no inbound, or no outbound, of those that there are
     */
    Future<ApplyResult> apply(List<ConfigView.Text> texts, boolean dryRun, boolean force);

    /** The same for the configuration that the node ran before the one that runs. */
    Future<ApplyResult> applyPrevious(boolean dryRun);

    /** Has a node let its sessions finish and leave. Completes when it has begun. */
    Future<Drain> drain(String node);

    /** What came of a request to drain. */
    enum Drain {
        BEGUN,
        /** It had begun before. */
        UNDER_WAY,
        /** No node has that name. */
        NO_SUCH_NODE
    }
}
