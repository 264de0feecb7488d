package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
    private final List<String> lines = new ArrayList<>();
    /** A monotonic clock may overflow while it runs. */
    private long now = Long.MAX_VALUE - 5;

    private long refused;
    private final RefusalLog log = new RefusalLog(() -> now, lines::add);

    @Test
    void saysTheNumberOnceAMinute() {
        log.watch(() -> refused, count -> count + " refused");
        log.look();
        assertThat(lines).isEmpty();
        refused = 286;
        log.look();
        assertThat(lines).containsExactly("286 refused");
        refused = 300;
        for (int i = 0; i < 59; i++) {
            now += TimeUnit.SECONDS.toNanos(1);
            log.look();
        }
        assertThat(lines).hasSize(1);
        now += TimeUnit.SECONDS.toNanos(1);
        log.look();
        assertThat(lines).containsExactly("286 refused", "14 refused");
        now += TimeUnit.HOURS.toNanos(1);
        log.look();
        assertThat(lines).hasSize(2);
    }

    @Test
    void eachLimitHasAMinuteOfItsOwn() {
        log.watch(() -> refused, count -> "one " + count);
        log.watch(() -> refused - 1, count -> "other " + count);
        refused = 1;
        log.look();
        refused = 3;
        log.look();
        assertThat(lines).containsExactly("one 1", "other 2");
    }
}
