package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ShutdownTest {
    private static final int INT = 2;
    private static final int TERM = 15;

    private final List<Integer> halts = new ArrayList<>();
    private final Shutdown shutdown = new Shutdown(halts::add);

    @Test
    void withNothingToDrainASignalEndsAtOnce() {
        shutdown.signalled(TERM);
        assertThat(halts).containsExactly(143);
    }

    @Test
    void theFirstSignalDrains() {
        CompletableFuture<Void> drain = new CompletableFuture<>();
        shutdown.armed(() -> drain);
        shutdown.signalled(TERM);
        assertThat(shutdown.drained()).isNotDone();
        drain.complete(null);
        assertThat(shutdown.drained()).isCompleted();
        assertThat(halts).isEmpty();
    }

    @Test
    void aSecondSignalEndsAtOnce() {
        shutdown.armed(CompletableFuture::new);
        shutdown.signalled(TERM);
        shutdown.signalled(INT);
        assertThat(halts).containsExactly(130);
    }

    @Test
    void aDrainThatFailsIsTheEndToo() {
        shutdown.armed(() -> CompletableFuture.failedFuture(new IllegalStateException("x")));
        shutdown.signalled(TERM);
        assertThat(shutdown.drained()).isCompleted();
    }
}
