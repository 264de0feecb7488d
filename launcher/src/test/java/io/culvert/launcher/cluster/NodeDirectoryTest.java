package io.culvert.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.NodeStatus;
import io.culvert.config.LogConfig;
import io.culvert.launcher.log.Logs;
import io.culvert.model.NodeRole;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is believed to be there, and whom an ingress may ask. */
class NodeDirectoryTest {
    private static final InetSocketAddress BUS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7442);

    private long now;
    private final NodeDirectory directory = new NodeDirectory("own.1", () -> now);

    private static NodeStatus status(String node, boolean draining, int version, NodeRole... roles) {
        Set<NodeRole> set = EnumSet.noneOf(NodeRole.class);
        set.addAll(Set.of(roles));
        return new NodeStatus(node, 1, set, Set.of(), 0, 0, 100, draining, null, Set.of(BUS), version);
    }

    private static NodeStatus router(String node) {
        return status(node, false, NodeStatus.PROTOCOL_VERSION, NodeRole.ROUTER);
    }

    @Test
    void routersThatAnnounceThemselvesAreAsked() {
        directory.heard(router("a.1"));
        directory.heard(status("b.1", false, NodeStatus.PROTOCOL_VERSION, NodeRole.INGRESS, NodeRole.EGRESS));
        directory.heard(router("c.1"));
        assertThat(directory.routers().nodes()).containsExactlyInAnyOrder("a.1", "c.1");
        assertThat(directory.nodes()).extracting(NodeStatus::node).containsExactly("a.1", "b.1", "c.1");
        assertThat(directory.closed()).containsExactly(BUS);
    }

    @Test
    void aRouterThatDrainsIsAskedByItsOwnNodeOnly() {
        directory.heard(router("a.1").drained());
        directory.heard(router("own.1").drained());
        assertThat(directory.routers().nodes()).containsExactly("own.1");
        assertThat(directory.nodes()).hasSize(2);
    }

    @Test
    void aRouterOfAForeignVersionIsNotAsked() {
        directory.heard(status("a.1", false, NodeStatus.PROTOCOL_VERSION + 1, NodeRole.ROUTER));
        directory.heard(status("b.1", false, NodeStatus.PROTOCOL_VERSION + 2, NodeRole.ROUTER));
        assertThat(directory.routers().nodes()).containsExactly("a.1");
    }

    @Test
    void aForeignVersionIsSaidOnceWithBoth(@TempDir Path folder) throws Exception {
        Path log = folder.resolve("log");
        Logs.configure(new LogConfig("none", log.toString(), LogConfig.Level.WARNING));
        try {
            directory.heard(NodeStatus.starting("b.1", Set.of(BUS)));
            NodeStatus foreign = status("b.1", false, NodeStatus.PROTOCOL_VERSION + 2, NodeRole.ROUTER);
            for (int i = 0; i < 3; i++) {
                directory.heard(foreign);
                now += NodeDirectory.REFRESH_NANOS;
                directory.sweep();
            }
            directory.heard(foreign.drained());
        } finally {
            Logs.configure(LogConfig.ABSENT);
        }
        assertThat(Files.readAllLines(log))
                .singleElement()
                .asString()
                .contains("node b.1 speaks version " + (NodeStatus.PROTOCOL_VERSION + 2)
                        + " of the control path, and this one " + NodeStatus.PROTOCOL_VERSION);
    }

    @Test
    void whoIsSilentForThreeAnnouncementsIsForgottenButNeverTheOwnNode() {
        directory.heard(router("a.1"));
        directory.heard(router("own.1"));
        now += NodeDirectory.FRESH_NANOS;
        directory.sweep();
        assertThat(directory.routers().nodes()).containsExactlyInAnyOrder("a.1", "own.1");
        now++;
        directory.sweep();
        assertThat(directory.routers().nodes()).containsExactly("own.1");
        directory.heard(router("a.1"));
        assertThat(directory.routers().nodes()).containsExactlyInAnyOrder("a.1", "own.1");
    }

    @Test
    void whoIsTakenForGoneIsNoneOfTheNodesUntilItIsHeardAgain() {
        directory.heard(router("a.1"));
        directory.heard(router("b.1"));
        directory.left("a.1");
        directory.left("never there");
        assertThat(directory.routers().nodes()).containsExactly("b.1");
        assertThat(directory.nodes()).extracting(NodeStatus::node).containsExactly("b.1");
        assertThat(directory.heardLately()).containsExactlyInAnyOrder("a.1", "b.1");
        directory.heard(router("a.1"));
        assertThat(directory.routers().nodes()).containsExactlyInAnyOrder("a.1", "b.1");
        assertThat(directory.nodes()).hasSize(2);
    }

    @Test
    void aRouterThatIsTakenForGoneIsBetterThanNone() {
        directory.heard(router("a.1"));
        directory.left("a.1");
        assertThat(directory.routers().nodes()).containsExactly("a.1");
        now += NodeDirectory.FRESH_NANOS + 1;
        directory.sweep();
        assertThat(directory.routers().nodes()).isEmpty();
        assertThat(directory.heardLately()).isEmpty();
    }

    @Test
    void whoHadSaidThatItDrainsHasLeftForGood() {
        directory.heard(router("own.1"));
        directory.heard(router("a.1").drained());
        directory.left("a.1");
        assertThat(directory.heardLately()).isEmpty();
        assertThat(directory.nodes()).extracting(NodeStatus::node).containsExactly("own.1");
    }

    @Test
    void whoFallsSilentWithoutAWordIsRememberedForAWhile() {
        directory.heard(router("own.1"));
        directory.heard(router("a.1"));
        directory.heard(router("b.1"));
        directory.heard(router("c.1").drained());
        assertThat(directory.lost()).isEmpty();
        now += NodeDirectory.FRESH_NANOS + 1;
        directory.sweep();
        assertThat(directory.lost()).containsExactlyInAnyOrder("a.1", "b.1");
        directory.heard(router("a.1"));
        directory.heard(router("b.2"));
        assertThat(directory.lost()).isEmpty();
        now += NodeDirectory.FRESH_NANOS + 1;
        directory.sweep();
        assertThat(directory.lost()).containsExactlyInAnyOrder("a.1", "b.2");
        now += NodeDirectory.LOST_NANOS + 1;
        directory.sweep();
        assertThat(directory.lost()).isEmpty();
    }

    @Test
    void whoStartsIsHeardAndDoesNothingYet() {
        directory.heard(NodeStatus.starting("a.1", Set.of(BUS)));
        assertThat(directory.nodes()).isEmpty();
        assertThat(directory.routers().nodes()).isEmpty();
        assertThat(directory.heardLately()).containsExactly("a.1");
        assertThat(directory.closed()).containsExactly(BUS);
        directory.heard(router("a.1"));
        assertThat(directory.routers().nodes()).containsExactly("a.1");
    }

    @Test
    void theAddressesOfWhoHasGoneStayClosedForAWhile() {
        directory.heard(router("a.1").drained());
        directory.left("a.1");
        now += NodeDirectory.CLOSED_NANOS;
        directory.sweep();
        assertThat(directory.closed()).containsExactly(BUS);
        now++;
        directory.sweep();
        assertThat(directory.closed()).isEmpty();
    }

    @Test
    void anAnnouncementThatChangesNothingMakesNoListAnew() {
        directory.heard(router("a.1"));
        directory.heard(router("b.1"));
        List<String> asked = directory.routers().nodes();
        now += NodeDirectory.REFRESH_NANOS - 1;
        directory.heard(router("a.1"));
        assertThat(directory.routers().nodes()).isSameAs(asked);
        directory.heard(router("b.1").drained());
        assertThat(directory.routers().nodes()).containsExactly("a.1");
        directory.heard(router("b.1"));
        assertThat(directory.routers().nodes()).containsExactlyInAnyOrder("a.1", "b.1");
    }

    @Test
    void aSilentRouterIsLeftByTheAnnouncementsOfTheOthers() {
        directory.heard(router("a.1"));
        now++;
        directory.heard(router("b.1"));
        now += NodeDirectory.FRESH_NANOS;
        directory.heard(router("b.1"));
        assertThat(directory.routers().nodes()).containsExactly("b.1");
    }

    @Test
    void addressesWithOneHashAreAllKeptClosed() {
        Set<InetSocketAddress> named = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            InetAddress host = InetAddress.ofLiteral("10.0.0." + i);
            Set<InetSocketAddress> own = Set.of(new InetSocketAddress(host, 7642 - i));
            named.addAll(own);
            directory.heard(NodeStatus.starting("n" + i + ".1", own));
        }
        assertThat(named).extracting(InetSocketAddress::hashCode).containsOnly(hashOfAll(named));
        assertThat(directory.closed()).containsExactlyInAnyOrderElementsOf(named);
    }

    private static int hashOfAll(Set<InetSocketAddress> addresses) {
        return addresses.iterator().next().hashCode();
    }

    @Test
    void remembersABoundedNumber() {
        for (int i = 0; i < NodeDirectory.MAX_NODES + 10; i++) {
            directory.heard(router("n" + i + ".1"));
        }
        assertThat(directory.nodes()).hasSize(NodeDirectory.MAX_NODES);
        assertThat(directory.unbelieved()).isEqualTo(10);
    }

    @Test
    void countsTheOthersThatHaveConnectionsHere() {
        assertThat(directory.peers()).isZero();
        directory.heard(router("a.1"));
        directory.heard(router("own.1"));
        directory.heard(router("b.1"));
        directory.left("b.1");
        assertThat(directory.peers()).isEqualTo(2);
        now += NodeDirectory.FRESH_NANOS + 1;
        directory.sweep();
        assertThat(directory.peers()).isZero();
    }
}
