package io.culvert.launcher;

import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What SIGTERM and SIGINT do: the first drains and lets the process end with status 0; a second has the drain end at once, by
 * resets, and the process with 128 plus the signal's number; a third does not even wait for that. Until there is something to
 * drain, the first signal ends the process at once.
 */
public final class Shutdown {
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final IntConsumer halt;
    private @Nullable Supplier<CompletableFuture<Void>> drain;
    private Supplier<CompletableFuture<Void>> cut = () -> CompletableFuture.completedFuture(null);
    private boolean draining;
    private boolean cutting;

    /** @param halt ends the process with the given status, at once */
    public Shutdown(IntConsumer halt) {
        this.halt = halt;
    }

    /** Takes both signals from the JVM, whose own answer to them is a status other than 0. */
    public void install() {
        Signals.handle("TERM", this::signalled);
        Signals.handle("INT", this::signalled);
    }

    /**
     * From now on there is a node to drain.
     *
     * @param drain begins it
     * @param cut resets what is left, in a moment; completes when that is done
     */
    public synchronized void armed(Supplier<CompletableFuture<Void>> drain, Supplier<CompletableFuture<Void>> cut) {
        this.drain = drain;
        this.cut = cut;
    }

    /** Completes when the drain has ended. */
    public CompletableFuture<Void> drained() {
        return drained;
    }

    /** A signal came. */
    void signalled(int number) {
        Supplier<CompletableFuture<Void>> first = take();
        if (first != null) {
            first.get().whenComplete((_, _) -> drained.complete(null));
        } else if (mayCut()) {
            // Sessions are reset by it: the end of the process alone would look like their clean end.
            cut.get().whenComplete((_, _) -> halt.accept(128 + number));
        } else {
            halt.accept(128 + number);
        }
    }

    /** Whether there is a drain, and it is not being cut short already. */
    private synchronized boolean mayCut() {
        boolean first = draining && !cutting;
        cutting = draining;
        return first;
    }

    /** Somebody who may asks for the drain: as the first signal. False where there is nothing to drain, or it has begun. */
    public boolean request() {
        Supplier<CompletableFuture<Void>> first = take();
        if (first == null) {
            return false;
        }
        first.get().whenComplete((_, _) -> drained.complete(null));
        return true;
    }

    private synchronized @Nullable Supplier<CompletableFuture<Void>> take() {
        if (draining) {
            return null;
        }
        draining = drain != null;
        return drain;
    }
}
