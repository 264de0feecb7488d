package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.NodeStatus;
import io.culvert.launcher.log.AccessLog;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AdminAddressTest {
    private static final InetSocketAddress BUS = at("10.9.9.9", 5702);

    private static InetSocketAddress at(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    private static NodeOptions listening(String ip) {
        return new NodeOptions(null, AccessLog.none()).with(at(ip, 9800));
    }

    @Test
    void aServerOnLoopbackIsGuardedHereAndOfNoInterestElsewhere() {
        assertThat(AdminAddress.guarded(listening("127.0.0.1"))).containsExactly(at("127.0.0.1", 9800));
        assertThat(AdminAddress.announced(listening("127.0.0.1"), Set.of(BUS))).containsExactly(BUS);
    }

    @Test
    void otherNodesAreToldOfOneThatTheyCanReach() {
        assertThat(AdminAddress.guarded(listening("10.9.9.9"))).containsExactly(at("10.9.9.9", 9800));
        assertThat(AdminAddress.announced(listening("10.9.9.9"), Set.of(BUS)))
                .containsExactlyInAnyOrder(BUS, at("10.9.9.9", 9800));
    }

    @Test
    void aWildcardIsToldAsAddressesAndNeverAsItself() {
        Set<InetSocketAddress> told = AdminAddress.announced(listening("0.0.0.0"), Set.of(BUS));
        assertThat(told).contains(BUS).hasSizeLessThanOrEqualTo(NodeStatus.MAX_CLOSED);
        assertThat(told)
                .allSatisfy(address -> assertThat(address.getAddress().isAnyLocalAddress()
                                || address.getAddress().isLoopbackAddress())
                        .isFalse());
    }

    @Test
    void theDemosPageMayBeTriedThroughIt() {
        assertThat(AdminAddress.guarded(listening("127.0.0.1").withAdminForLocalClients()))
                .isEmpty();
    }

    @Test
    void whereThereIsNoneNothingIsGuarded() {
        NodeOptions none = new NodeOptions(null, AccessLog.none());
        assertThat(AdminAddress.guarded(none)).isEmpty();
        assertThat(AdminAddress.announced(none, Set.of(BUS))).containsExactly(BUS);
    }
}
