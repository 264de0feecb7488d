package io.culvert.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.ClusterConfig;
import io.culvert.config.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AloneWatchTest {
    private final List<String> said = new ArrayList<>();
    private long now;

    private AloneWatch watch(String... members) {
        ClusterConfig config = new ClusterConfig(
                "farm-1",
                Set.of(),
                "127.0.0.1",
                5701,
                List.of(members),
                7442,
                new ClusterConfig.Link(7443, ClusterConfig.LinkSecurity.TLS),
                ClusterConfig.USUAL_WEIGHT,
                List.of(),
                "secrets",
                Position.NONE);
        return new AloneWatch(config, () -> now, said::add);
    }

    @Test
    void isSaidOnceAMinuteWhileNobodyIsThere() {
        AloneWatch watch = watch("127.0.0.1:5701", "127.0.0.9:5701");
        watch.look(0);
        assertThat(watch.isAlone()).isTrue();
        assertThat(said).singleElement().asString().contains("alone").contains("127.0.0.9:5701");
        now += TimeUnit.SECONDS.toNanos(59);
        watch.look(0);
        assertThat(said).hasSize(1);
        now += TimeUnit.SECONDS.toNanos(1);
        watch.look(0);
        assertThat(said).hasSize(2);
        now += TimeUnit.MINUTES.toNanos(5);
        watch.look(1);
        assertThat(watch.isAlone()).isFalse();
        assertThat(said).hasSize(2);
    }

    @Test
    void aFarmOfOneIsNotAlone() {
        for (AloneWatch watch : List.of(watch(), watch("127.0.0.1:5701"), watch("localhost:5701"))) {
            watch.look(0);
            assertThat(watch.isAlone()).isFalse();
        }
        assertThat(said).isEmpty();
    }

    @Test
    void anotherPortOfThisMachineIsAnotherNode() {
        AloneWatch watch = watch("127.0.0.1:5701", "127.0.0.1:5702");
        watch.look(0);
        assertThat(watch.isAlone()).isTrue();
    }
}
