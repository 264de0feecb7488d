package io.culvert.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.io.Writer;
import java.time.ZoneId;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AccessLogTest {
    private static final long TIME = 1_795_164_474_000L;
    private static final ZoneId UTC = ZoneId.of("UTC");

    @Test
    void writesV2raysLines() {
        StringWriter out = new StringWriter();
        try (AccessLog log = new AccessLog(out, () -> TIME, UTC)) {
            assertThat(log.enabled()).isTrue();
            log.write("127.0.0.1:60750 accepted tcp:example.com:80 [direct] email: x");
        }
        assertThat(out)
                .hasToString("2026/11/20 08:47:54 127.0.0.1:60750 accepted tcp:example.com:80 [direct] email: x\n");
    }

    @Test
    void aClientCannotBeginALine() {
        StringWriter out = new StringWriter();
        try (AccessLog log = new AccessLog(out, () -> TIME, UTC)) {
            log.write("a\r\n2026/11/20 forged \u001b[31m\u009b");
        }
        assertThat(out).hasToString("2026/11/20 08:47:54 a??2026/11/20 forged ?[31m?\n");
    }

    @Test
    void aDiskThatStandsStillCostsLinesNotTime() throws Exception {
        BlockedWriter out = new BlockedWriter();
        AccessLog log = new AccessLog(out, () -> TIME, UTC);
        try (log) {
            log.write("first");
            assertThat(out.entered.await(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < AccessLog.CAPACITY + 5; i++) {
                log.write("line " + i);
            }
            assertThat(log.dropped()).isEqualTo(5);
            out.released.countDown();
        }
        assertThat(out.text.toString())
                .contains("line 0\n")
                .contains("line " + (AccessLog.CAPACITY - 1) + "\n")
                .doesNotContain("line " + AccessLog.CAPACITY + "\n")
                .contains("access log: 5 lines dropped");
    }

    @Test
    void nowhereIsNotEnabled() {
        try (AccessLog log = AccessLog.none()) {
            log.write("x");
            assertThat(log.enabled()).isFalse();
            assertThat(log.dropped()).isZero();
        }
    }

    /** Stands still in its first write until it is released. */
    private static final class BlockedWriter extends Writer {
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);
        private final StringWriter text = new StringWriter();

        @Override
        public void write(char[] chars, int offset, int length) {
            entered.countDown();
            try {
                assertThat(released.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            text.write(chars, offset, length);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
