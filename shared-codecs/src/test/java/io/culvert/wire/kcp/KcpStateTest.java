package io.culvert.wire.kcp;

import static io.culvert.wire.kcp.KcpState.ACTIVE;
import static io.culvert.wire.kcp.KcpState.PEER_CLOSED;
import static io.culvert.wire.kcp.KcpState.PEER_TERMINATING;
import static io.culvert.wire.kcp.KcpState.READY_TO_CLOSE;
import static io.culvert.wire.kcp.KcpState.TERMINATED;
import static io.culvert.wire.kcp.KcpState.TERMINATING;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The table of wire-formats section 16.8. */
class KcpStateTest {
    @Test
    void closedHere() {
        assertThat(ACTIVE.closedHere()).isEqualTo(READY_TO_CLOSE);
        assertThat(PEER_CLOSED.closedHere()).isEqualTo(TERMINATING);
        assertThat(PEER_TERMINATING.closedHere()).isEqualTo(TERMINATED);
        assertThat(TERMINATING.closedHere()).isEqualTo(TERMINATING);
    }

    @Test
    void closedByThePeer() {
        assertThat(ACTIVE.peerClosed()).isEqualTo(PEER_CLOSED);
        assertThat(READY_TO_CLOSE.peerClosed()).isEqualTo(TERMINATING);
        assertThat(PEER_TERMINATING.peerClosed()).isEqualTo(PEER_TERMINATING);
    }

    @Test
    void terminatedByThePeer() {
        assertThat(ACTIVE.peerTerminated()).isEqualTo(PEER_TERMINATING);
        assertThat(PEER_CLOSED.peerTerminated()).isEqualTo(PEER_TERMINATING);
        assertThat(READY_TO_CLOSE.peerTerminated()).isEqualTo(TERMINATING);
        assertThat(TERMINATING.peerTerminated()).isEqualTo(TERMINATED);
    }
}
