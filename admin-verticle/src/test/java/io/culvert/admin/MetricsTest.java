package io.culvert.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** What is counted elsewhere and shown here. */
class MetricsTest {
    @Test
    void aCounterThatAnotherModuleKeepsIsReadForAsLongAsTheNodeRuns() {
        LongAdder sessions = new LongAdder();
        try (Metrics metrics = new Metrics()) {
            metrics.count("culvert.things", "Things", () -> sessions.sum());
            WeakReference<Object> collected = new WeakReference<>(new Object());
            while (collected.get() != null) {
                System.gc();
            }
            sessions.add(3);
            assertThat(metrics.scrape()).contains("culvert_things_total 3.0");
        }
    }
}
