package io.culvert.egress.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FaultNoticesTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final FaultNotices notices = new FaultNotices(List.of("a:1", "b:2"), now::get);

    @Test
    void eachServersFaultIsSaidOnceAMinute() {
        assertThat(notices.isDue("a:1")).isTrue();
        assertThat(notices.isDue("a:1")).isFalse();
        assertThat(notices.isDue("b:2")).isTrue();
        now.addAndGet(FaultNotices.PAUSE_NANOS - 1);
        assertThat(notices.isDue("a:1")).isFalse();
        now.incrementAndGet();
        assertThat(notices.isDue("a:1")).isTrue();
        assertThat(notices.isDue("a:1")).isFalse();
    }
}
