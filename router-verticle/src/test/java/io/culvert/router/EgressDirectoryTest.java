package io.culvert.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.NodeStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EgressDirectoryTest {
    private long now = Long.MAX_VALUE - 5; // a monotonic clock may overflow while it runs

    private final EgressDirectory directory = new EgressDirectory("router", () -> now, new Random(1));

    @Test
    void knowsNoEgressAtFirst() {
        assertThat(directory.choose("edge", "direct")).isNull();
    }

    @Test
    void takesOnlyAnEgressThatServesTheOutbound() {
        directory.heard(status("a", 0, "direct"));
        directory.heard(status("b", 0, "proxy", ""));
        assertThat(directory.choose("edge", "proxy")).isEqualTo("b");
        assertThat(directory.choose("edge", "")).isEqualTo("b");
        assertThat(directory.choose("edge", "block")).isNull();
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
        directory.heard(NodeStatus.egress("c", 0, Set.of("direct"), 0, false, NodeStatus.PROTOCOL_VERSION + 2));
        assertThat(chosen(50)).containsOnlyKeys("a");
    }

    @Test
    void theNodeOfTheIngressIsLeftToWhenItDrains() {
        directory.heard(status("edge", 0, "direct").drained());
        directory.heard(status("b", 0, "direct"));
        assertThat(directory.choose("edge", "direct")).isEqualTo("b");
    }

    @Test
    void forgetsAnEgressThatFellSilent() {
        directory.heard(status("a", 0, "direct"));
        now += EgressDirectory.FRESH_NANOS;
        assertThat(directory.choose("edge", "direct")).isEqualTo("a");
        now++;
        assertThat(directory.choose("edge", "direct")).isNull();
        directory.heard(status("a", 0, "direct"));
        assertThat(directory.choose("edge", "direct")).isEqualTo("a");
    }

    @Test
    void theOwnNodesEgressNeedsNoProofOfLife() {
        directory.heard(status("router", 0, "direct"));
        now += 1_000 * EgressDirectory.FRESH_NANOS;
        assertThat(directory.choose("edge", "direct")).isEqualTo("router");
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
        assertThat(directory.choose("edge", "proxy")).isNull();
        now += EgressDirectory.FRESH_NANOS + 1;
        directory.heard(status("late", 0, "proxy"));
        assertThat(directory.choose("edge", "proxy")).isEqualTo("late");
    }

    private Map<String, Integer> chosen(int times) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < times; i++) {
            @Nullable String node = directory.choose("edge", "direct");
            assertThat(node).isNotNull();
            counts.merge(String.valueOf(node), 1, Integer::sum);
        }
        return counts;
    }

    private static NodeStatus status(String node, int sessions, String... tags) {
        return NodeStatus.egress(node, 1, Set.of(tags), sessions, false, NodeStatus.PROTOCOL_VERSION);
    }
}
