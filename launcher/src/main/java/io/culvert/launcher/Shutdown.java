package io.culvert.launcher;

import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What SIGTERM and SIGINT do: the first drains and lets the process end with status 0, a second ends it at once with
 * 128 plus the signal's number. Until there is something to drain, the first signal ends it at once too.
 */
public final class Shutdown {
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final IntConsumer halt;
    private @Nullable Supplier<CompletableFuture<Void>> drain;
    private boolean draining;

    /** @param halt ends the process with the given status, at once */
    public Shutdown(IntConsumer halt) {
        this.halt = halt;
    }

    /** Takes both signals from the JVM, whose own answer to them is a status other than 0. */
    public void install() {
        Signals.handle("TERM", this::signalled);
        Signals.handle("INT", this::signalled);
    }

    /** From now on there is a node to drain. */
    public synchronized void armed(Supplier<CompletableFuture<Void>> drain) {
        this.drain = drain;
    }

    /** Completes when the drain has ended. */
    public CompletableFuture<Void> drained() {
        return drained;
    }

    /** A signal came. */
    void signalled(int number) {
        Supplier<CompletableFuture<Void>> first = take();
        if (first == null) {
            halt.accept(128 + number);
        } else {
            first.get().whenComplete((_, _) -> drained.complete(null));
        }
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
