package io.culvert.launcher.systemd;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Says again and again that the event loops turn, for as long as all of them do: a round is a task on each, and the next one begins
 * when all have run. One loop that hangs silences it. The rounds begin on a thread of their own, since a timer of a loop would
 * only show that this one turns.
 */
final class LoopWatchdog implements AutoCloseable {
    private final EventLoopGroup loops;
    private final Runnable alive;
    private final AtomicInteger waitedFor = new AtomicInteger();
    private final ScheduledThreadPoolExecutor rounds = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("watchdog").daemon()::unstarted, new ThreadPoolExecutor.DiscardPolicy());

    /** @param alive told after each round, on a thread that may block */
    LoopWatchdog(EventLoopGroup loops, Runnable alive) {
        this.loops = loops;
        this.alive = alive;
    }

    /** Begins a round now, and another each time that so much has passed, unless the last one is not over. */
    void every(Duration period) {
        rounds.scheduleAtFixedRate(this::round, 0, period.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Begins a round, unless the last one is not over. */
    void round() {
        int count = 0;
        for (EventExecutor _ : loops) {
            count++;
        }
        if (!waitedFor.compareAndSet(0, count)) {
            return;
        }
        for (EventExecutor loop : loops) {
            try {
                loop.execute(this::turned);
            } catch (RejectedExecutionException _) {
                // The loops end: nothing is said any more.
                rounds.shutdown();
                return;
            }
        }
    }

    private void turned() {
        if (waitedFor.decrementAndGet() == 0) {
            // Whoever is told may block.
            rounds.execute(alive);
        }
    }

    @Override
    public void close() {
        rounds.shutdownNow();
    }
}
