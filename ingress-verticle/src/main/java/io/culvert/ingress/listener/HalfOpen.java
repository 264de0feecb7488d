package io.culvert.ingress.listener;

import java.util.concurrent.atomic.AtomicInteger;

/** How many connections are still in their handshake, over all event loops, and how many there may be. */
public final class HalfOpen {
    private final int most;
    private final AtomicInteger now = new AtomicInteger();

    /** @param most beyond this many, new connections are not taken and failed ones no longer held */
    public HalfOpen(int most) {
        this.most = most;
    }

    public int now() {
        return now.get();
    }

    boolean mayOpen() {
        return now.get() < most;
    }

    boolean mayHold() {
        return now.get() <= most / 2 + 1;
    }

    void opened() {
        now.incrementAndGet();
    }

    void closed() {
        now.decrementAndGet();
    }
}
