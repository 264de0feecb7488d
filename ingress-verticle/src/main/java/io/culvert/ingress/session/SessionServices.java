package io.culvert.ingress.session;

import io.culvert.bus.RouterClient;
import io.culvert.transport.Outbound;

/** What a session needs of its node. */
public interface SessionServices {
    RouterClient router();

    /** What opens destinations on a node: its own egress, or the link to another's. */
    Outbound egress(String node);

    /** Whether that may be another node's: a client's first bytes are read while the session is being opened then. */
    boolean linked();

    SessionRegistry registry();

    SessionLog log();
}
