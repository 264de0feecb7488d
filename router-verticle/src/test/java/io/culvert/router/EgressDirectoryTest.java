package io.culvert.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.NodeStatus;
import io.culvert.bus.RouteQuestion;
import io.culvert.model.ConfigVersion;
import io.culvert.model.NodeRole;
import io.culvert.testkit.Nodes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EgressDirectoryTest {
    private long now = Long.MAX_VALUE - 5; // a monotonic clock may overflow while it runs

    private ConfigVersion config = ConfigVersion.of(1);

    private final EgressDirectory directory = new EgressDirectory("router", () -> now, new Random(1));

    @Test
    void knowsNoEgressAtFirst() {
        assertThat(choose("edge", "direct")).isNull();
    }

    @Test
    void takesOnlyAnEgressThatServesTheOutbound() {
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "proxy", ""));
        assertThat(choose("edge", "proxy")).isEqualTo("b");
        assertThat(choose("edge", "")).isEqualTo("b");
        assertThat(choose("edge", "block")).isNull();
    }

    @Test
    void prefersTheNodeOfTheIngressHoweverBusy() {
        directory.heard(status("edge", 1_000_000, "direct"));
        directory.heard(status("b", 0, "direct"));
        assertThat(chosen(50)).containsOnlyKeys("edge");
    }

    @Test
    void leavesADrainingEgressAndOneOfAForeignVersion() {
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct").drained());
        directory.heard(Nodes.egress("c", 0, Set.of("direct"), 0, false, NodeStatus.PROTOCOL_VERSION + 2));
        assertThat(chosen(50)).containsOnlyKeys("a");
    }

    @Test
    void theNodeOfTheIngressIsLeftToWhenItDrains() {
        directory.heard(status("edge", 0, "direct").drained());
        directory.heard(status("b", 0, "direct"));
        assertThat(choose("edge", "direct")).isEqualTo("b");
    }

    @Test
    void theNodeOfTheIngressServesItsLastClientsWhereNobodyElseDoes() {
        directory.heard(draining("edge", "direct"));
        directory.heard(draining("b", "direct"));
        assertThat(choose("edge", "direct")).isEqualTo("edge");
        assertThat(choose("other", "direct")).isNull();
        directory.heard(status("b", 0, "direct"));
        assertThat(choose("edge", "direct")).isEqualTo("b");
    }

    @Test
    void awaitsLiveEgressesOfAnEarlierConfiguration() {
        directory.heard(Nodes.egress("a", 1, Set.of("direct"), 0, false, NodeStatus.PROTOCOL_VERSION));
        directory.heard(Nodes.egress("b", 2, Set.of("direct"), 0, false, NodeStatus.PROTOCOL_VERSION));
        assertThat(directory.awaits(1)).isFalse();
        assertThat(directory.awaits(2)).isTrue();
        now += EgressDirectory.FRESH_NANOS + 1;
        assertThat(directory.awaits(2)).isFalse();
    }

    /** It would let sessions wait for what it has missed, the node of the ingress no less than any other. */
    @Test
    void whoRunsAnEarlierConfigurationIsLeftOutWhereOthersHaveTheRouters() {
        directory.heard(running("edge", ConfigVersion.of(1)));
        directory.heard(running("b", ConfigVersion.of(1)));
        directory.heard(running("c", new ConfigVersion(2, 5, 6)));
        assertThat(chosen(50)).containsOnlyKeys("edge");
        config = new ConfigVersion(2, 5, 6);
        assertThat(chosen(50)).containsOnlyKeys("c");
        config = new ConfigVersion(2, 5, 7);
        assertThat(chosen(50)).containsOnlyKeys("edge");
        assertThat(choose("other", "direct")).isIn("edge", "b", "c");
    }

    @Test
    void theEgressOfTheRoutersNodeIsNeverBehind() {
        directory.heard(running("router", ConfigVersion.of(1)));
        directory.heard(running("b", ConfigVersion.of(2)));
        config = ConfigVersion.of(2);
        assertThat(choose("router", "direct")).isEqualTo("router");
    }

    private static NodeStatus running(String node, ConfigVersion version) {
        return new NodeStatus(
                node,
                version,
                Set.of(NodeRole.EGRESS),
                Set.of("direct"),
                0,
                0,
                NodeStatus.USUAL_WEIGHT,
                false,
                0,
                Nodes.LINK,
                Set.of(),
                NodeStatus.PROTOCOL_VERSION,
                0);
    }

    private static NodeStatus draining(String node, String tag) {
        return Nodes.egress(node, 0, Set.of(tag), 0, true, NodeStatus.PROTOCOL_VERSION);
    }

    @Test
    void forgetsAnEgressThatFellSilent() {
        directory.heard(status("a", 0, "direct"));
        now += EgressDirectory.FRESH_NANOS;
        assertThat(choose("edge", "direct")).isEqualTo("a");
        now++;
        assertThat(choose("edge", "direct")).isNull();
        directory.heard(status("a", 0, "direct"));
        assertThat(choose("edge", "direct")).isEqualTo("a");
    }

    @Test
    void theOwnNodesEgressNeedsNoProofOfLife() {
        directory.heard(status("router", 0, "direct"));
        now += 1_000 * EgressDirectory.FRESH_NANOS;
        assertThat(choose("edge", "direct")).isEqualTo("router");
    }

    @Test
    void ofTwoTakesTheOneWithFewerSessions() {
        directory.heard(status("busy", 1_000, "direct"));
        directory.heard(status("free", 0, "direct"));
        assertThat(chosen(500)).containsOnlyKeys("free");
    }

    @Test
    void countsWhatItSentSinceTheLastAnnouncement() {
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        assertThat(chosen(1_000).values()).allSatisfy(count -> assertThat(count).isEqualTo(500));
    }

    @Test
    void spreadsOverManyEgresses() {
        for (int i = 0; i < 10; i++) {
            directory.heard(status("n" + i, 0, "direct"));
        }
        Map<String, Integer> counts = chosen(1_000);
        assertThat(counts).hasSize(10);
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(90, 110));
    }

    @Test
    void remembersABoundedNumberAndMakesRoomByForgettingTheSilent() {
        for (int i = 0; i < EgressDirectory.MAX_NODES; i++) {
            directory.heard(status("n" + i, 0, "direct"));
        }
        directory.heard(status("late", 0, "proxy"));
        assertThat(choose("edge", "proxy")).isNull();
        now += EgressDirectory.FRESH_NANOS + 1;
        directory.heard(status("late", 0, "proxy"));
        assertThat(choose("edge", "proxy")).isEqualTo("late");
    }

    @Test
    void leavesOutWhatFailedForThisSession() {
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 1_000, "direct"));
        assertThat(choose("edge", "direct", "a")).isEqualTo("b");
        assertThat(choose("edge", "direct", "a", "b")).isNull();
        assertThat(chosen(50)).containsOnlyKeys("a");
    }

    @Test
    void theNodeOfTheIngressMayFailToo() {
        directory.heard(status("edge", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        assertThat(choose("edge", "direct", "edge")).isEqualTo("b");
    }

    @Test
    void anEgressThatFailsRepeatedlyIsLeftOutForAWhileAndComesBackSlowly() {
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        for (int i = 0; i < EgressRecord.FAILURES_TO_EJECT; i++) {
            assertThat(choose("edge", "direct", "a")).isEqualTo("b");
        }
        assertThat(chosen(200)).containsOnlyKeys("b");
        now += EgressRecord.FIRST_EJECTION_NANOS;
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        Map<String, Integer> slow = chosen(1_100);
        assertThat(slow.get("a")).isBetween(1, 250);
        now += EgressRecord.SLOW_START_NANOS;
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        assertThat(chosen(1_000).get("a")).isEqualTo(500);
    }

    @Test
    void aSecondEjectionIsLonger() {
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        eject("a");
        now += EgressRecord.FIRST_EJECTION_NANOS;
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        eject("a");
        now += EgressRecord.FIRST_EJECTION_NANOS;
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        assertThat(chosen(200)).containsOnlyKeys("b");
    }

    @Test
    void neverMoreThanHalfAreLeftOut() {
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        eject("a");
        eject("b");
        assertThat(chosen(50)).containsOnlyKeys("b");
    }

    @Test
    void failuresLongAgoCountNoMore() {
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "direct"));
        for (int i = 0; i < 2 * EgressRecord.FAILURES_TO_EJECT; i++) {
            assertThat(choose("edge", "direct", "a")).isEqualTo("b");
            now += EgressRecord.REPORTS_COUNT_NANOS + 1;
            directory.heard(status("a", 0, "direct"));
            directory.heard(status("b", 1_000, "direct"));
        }
        assertThat(chosen(50)).containsOnlyKeys("a");
    }

    @Test
    void whoIsLeftOutIsTriedWhereNobodyElseServes() {
        directory.heard(status("a", 0, "direct", "special"));
        directory.heard(status("b", 0, "direct"));
        eject("a");
        assertThat(choose("edge", "special")).isEqualTo("a");
    }

    @Test
    void sessionsFollowTheWeights() {
        directory.heard(weighing("light", 50));
        directory.heard(weighing("heavy", 150));
        Map<String, Integer> counts = chosen(1_000);
        assertThat(counts.get("heavy")).isBetween(745, 755);
    }

    @Test
    void aNodeWithoutALinkServesItsOwnIngressOnly() {
        NodeStatus alone = new NodeStatus(
                "a",
                1,
                Set.of(NodeRole.EGRESS),
                Set.of("direct"),
                0,
                0,
                100,
                false,
                null,
                Set.of(),
                NodeStatus.PROTOCOL_VERSION);
        directory.heard(alone);
        assertThat(choose("edge", "direct")).isNull();
        assertThat(choose("a", "direct")).isEqualTo("a");
    }

    private void eject(String node) {
        for (int i = 0; i < EgressRecord.FAILURES_TO_EJECT; i++) {
            choose("edge", "direct", node);
        }
    }

    private static NodeStatus weighing(String node, int weight) {
        return new NodeStatus(
                node,
                1,
                Set.of(NodeRole.EGRESS),
                Set.of("direct"),
                0,
                0,
                weight,
                false,
                Nodes.LINK,
                Set.of(),
                NodeStatus.PROTOCOL_VERSION);
    }

    private @Nullable String choose(String ingress, String tag, String... failed) {
        NodeStatus chosen = directory.choose(
                new RouteQuestion(Sessions.to("www.example.com").at(ingress).get(), List.of(failed), 0), tag, config);
        return chosen == null ? null : chosen.node();
    }

    private Map<String, Integer> chosen(int times) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < times; i++) {
            @Nullable String node = choose("edge", "direct");
            assertThat(node).isNotNull();
            counts.merge(String.valueOf(node), 1, Integer::sum);
        }
        return counts;
    }

    private static NodeStatus status(String node, int sessions, String... tags) {
        return Nodes.egress(node, 1, Set.of(tags), sessions, false, NodeStatus.PROTOCOL_VERSION);
    }
}
