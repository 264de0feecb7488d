package io.culvert.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.admin.Metrics;
import io.culvert.config.LogConfig.Format;
import java.io.IOException;
import java.time.ZoneId;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AccessLogTest {
    private static final long TIME = 1_795_164_474_123L;
    private static final ZoneId UTC = ZoneId.of("UTC");

    private static AccessLog log(LineSink sink, Format format) {
        return new AccessLog(sink, format, () -> TIME, UTC);
    }

    @Test
    void writesV2raysLines() {
        Sink out = new Sink();
        try (AccessLog log = log(out, Format.TEXT)) {
            log.write("127.0.0.1:60750 accepted tcp:example.com:80 [direct] email: x");
        }
        assertThat(out.text)
                .hasToString("2026/11/20 08:47:54 127.0.0.1:60750 accepted tcp:example.com:80 [direct] email: x\n");
        assertThat(out.closed).isTrue();
    }

    @Test
    void objectsHaveTheTimeFirst() {
        Sink out = new Sink();
        try (AccessLog log = log(out, Format.JSON)) {
            log.write("{\"event\":\"accepted\"}");
        }
        assertThat(out.text).hasToString("{\"time\":\"2026-11-20T08:47:54.123Z\",\"event\":\"accepted\"}\n");
    }

    @Test
    void aClientCannotBeginALine() {
        Sink out = new Sink();
        try (AccessLog log = log(out, Format.TEXT)) {
            log.write("a\r\n2026/11/20 forged \u001b[31m\u009b");
        }
        assertThat(out.text).hasToString("2026/11/20 08:47:54 a??2026/11/20 forged ?[31m?\n");
    }

    @Test
    void aDiskThatStandsStillCostsLinesNotTime() throws Exception {
        BlockedSink out = new BlockedSink();
        try (Metrics metrics = new Metrics();
                AccessLog log = log(out, Format.TEXT)) {
            log.register(metrics);
            log.write("first");
            assertThat(out.entered.await(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < AccessLog.CAPACITY + 5; i++) {
                log.write("line " + i);
            }
            assertThat(log.overflowed()).isEqualTo(5);
            assertThat(metrics.scrape())
                    .contains("culvert_access_log_lost_total{reason=\"queue full\"} 5.0")
                    .contains("culvert_limit_access_log_lines 8192.0");
            out.released.countDown();
        }
        assertThat(out.text.toString())
                .contains("line 0\n")
                .contains("line " + (AccessLog.CAPACITY - 1) + "\n")
                .doesNotContain("line " + AccessLog.CAPACITY + "\n")
                .contains("access log: 5 lines dropped");
    }

    @Test
    void whatTheDiskDoesNotTakeIsCounted() {
        AccessLog log = log(new FullSink(), Format.TEXT);
        try (log) {
            log.write("one");
            log.write("two");
        }
        assertThat(log.unwritten()).isEqualTo(2);
    }

    @Test
    void isOpenedAgainWithoutALine() throws Exception {
        Sink out = new Sink();
        try (AccessLog log = log(out, Format.TEXT)) {
            log.reopen();
            assertThat(out.reopened.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(out.text).isEmpty();
    }

    @Test
    void nowhereIsNoLog() {
        try (AccessLog log = AccessLog.none()) {
            log.reopen();
            log.write("x");
            assertThat(log.overflowed()).isZero();
        }
    }

    private static class Sink implements LineSink {
        final StringBuilder text = new StringBuilder();
        final CountDownLatch reopened = new CountDownLatch(1);
        volatile boolean closed;

        @Override
        public void write(String lines) throws IOException {
            text.append(lines);
        }

        @Override
        public void reopen() {
            reopened.countDown();
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static final class FullSink extends Sink {
        @Override
        public void write(String lines) throws IOException {
            throw new IOException("No space left on device");
        }
    }

    /** Stands still in its first write until it is released. */
    private static final class BlockedSink extends Sink {
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        @Override
        public void write(String lines) throws IOException {
            entered.countDown();
            try {
                assertThat(released.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            super.write(lines);
        }
    }
}
