package io.culvert.admin;

import io.vertx.core.Future;
import java.util.List;

/** What the admin server asks of its node; called on the verticle's event loop, so nothing here blocks. */
public interface AdminServices {

    /** Whether the node takes sessions: it has joined, and does not drain. */
    boolean ready();

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
     */
    Future<ApplyResult> apply(List<ConfigView.Text> texts, boolean dryRun);

    /** The same for the configuration that the node ran before the one that runs. */
    Future<ApplyResult> applyPrevious(boolean dryRun);

    /** Has a node let its sessions finish and leave; false where none has that name. Completes when it has begun. */
    Future<Boolean> drain(String node);
}
