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
    private final List<CompletableFuture<Void>> cuts = new ArrayList<>();
    private final Shutdown shutdown = new Shutdown(halts::add);

    @Test
    void withNothingToDrainASignalEndsAtOnce() {
        shutdown.signalled(TERM);
        assertThat(halts).containsExactly(143);
    }

    @Test
    void theFirstSignalDrains() {
        CompletableFuture<Void> drain = new CompletableFuture<>();
        shutdown.armed(() -> drain, this::cut);
        shutdown.signalled(TERM);
        assertThat(shutdown.drained()).isNotDone();
        drain.complete(null);
        assertThat(shutdown.drained()).isCompleted();
        assertThat(halts).isEmpty();
    }

    @Test
    void aSecondSignalResetsWhatIsLeftAndEnds() {
        shutdown.armed(CompletableFuture::new, this::cut);
        shutdown.signalled(TERM);
        assertThat(cuts).isEmpty();
        shutdown.signalled(INT);
        assertThat(halts).isEmpty();
        cuts.getFirst().complete(null);
        assertThat(halts).containsExactly(130);
        assertThat(cuts).hasSize(1);
    }

    @Test
    void aThirdSignalWaitsForNothing() {
        shutdown.armed(CompletableFuture::new, this::cut);
        shutdown.signalled(TERM);
        shutdown.signalled(TERM);
        shutdown.signalled(TERM);
        assertThat(halts).containsExactly(143);
        assertThat(cuts).hasSize(1);
    }

    private CompletableFuture<Void> cut() {
        CompletableFuture<Void> cut = new CompletableFuture<>();
        cuts.add(cut);
        return cut;
    }

    @Test
    void aDrainThatFailsIsTheEndToo() {
        shutdown.armed(() -> CompletableFuture.failedFuture(new IllegalStateException("x")), this::cut);
        shutdown.signalled(TERM);
        assertThat(shutdown.drained()).isCompleted();
    }
}
