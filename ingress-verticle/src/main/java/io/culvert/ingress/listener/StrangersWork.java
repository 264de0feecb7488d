package io.culvert.ingress.listener;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Work that a client can cause before anybody knows it, on threads of its own and never on an event loop. Sources take turns, so that
 * who causes much waits for itself; and what turns out to have been no user's work is taken from a budget of its source. Reverse
 * proxies and clients on this host have every second turn and no budget: behind such a proxy all clients have one address.
 *
 * <p>Where no more may wait, a source that has little waiting displaces the last work of the one that has most. Safe for all threads:
 * what an event loop does under the lock is short, and bounded by what may wait.
 */
public final class StrangersWork {
    /** What may wait at once, of fronts, and of everybody else together. */
    public static final int MOST_WAITING = 2_048;

    /** How much work for nothing a source may cause at once. */
    public static final int BUDGET = 64;

    /** How much of that comes back in a second. */
    public static final int BUDGET_A_SECOND = 4;

    /** The sources of which is known what they have caused; those that have caused nothing lately are forgotten first. */
    private static final int MOST_SOURCES = 65_536;

    private static final long NANOS = 1_000_000_000L;

    /** One piece of work. */
    public interface Piece {
        /** Runs it, on a thread that is no event loop's; whether it was a user's. */
        boolean run();

        /** It has been displaced and will not be run. Called by the thread that has displaced it. */
        void displaced();
    }

    private record Entry(@Nullable ClientSource source, Piece piece) {}

    /** What is waiting of a source, and what it may still cause. */
    private static final class Lane {
        final ArrayDeque<Entry> waiting = new ArrayDeque<>();
        double budget = BUDGET;
        long at;

        Lane(long at) {
            this.at = at;
        }

        boolean refilled(long now) {
            budget = Math.min(BUDGET, budget + (double) (now - at) / NANOS * BUDGET_A_SECOND);
            at = now;
            return budget >= BUDGET && waiting.isEmpty();
        }
    }

    private final int threads;
    private final LongSupplier nanos;
    private final Object lock = new Object();
    private final Map<ClientSource, Lane> lanes = new HashMap<>();
    private final ArrayDeque<Lane> turns = new ArrayDeque<>();
    private final ArrayDeque<Entry> fronts = new ArrayDeque<>();
    private final LongAdder usersWork = new LongAdder();
    private final LongAdder strangersWork = new LongAdder();
    private final LongAdder overSource = new LongAdder();
    private final LongAdder overNode = new LongAdder();
    private int strangersWaiting;
    private int running;
    private boolean frontsTurn;
    private long swept;

    /**
     * @param threads that run it, at least 1; they end when nothing waits
     * @param nanos a clock that does not go back
     */
    public StrangersWork(int threads, LongSupplier nanos) {
        this.threads = threads;
        this.nanos = nanos;
        this.swept = nanos.getAsLong() - NANOS;
    }

    /**
     * Has a piece run soon.
     *
     * @param source who has caused it, or null for a front
     * @return false where it will not run: the source has no budget left, or there is no room
     */
    boolean submit(@Nullable ClientSource source, Piece piece) {
        Entry displaced;
        synchronized (lock) {
            displaced = source == null ? null : room(source);
            Entry entry = new Entry(source, piece);
            if (source == null ? !addFront(entry) : !add(source, entry)) {
                return false;
            }
            if (running < threads) {
                running++;
                Thread.ofPlatform().daemon().name("culvert-user-search").start(this::runAll);
            }
        }
        if (displaced != null) {
            displaced.piece.displaced();
        }
        return true;
    }

    /** What waits now. */
    public int waiting() {
        synchronized (lock) {
            return strangersWaiting + fronts.size();
        }
    }

    /** Pieces that turned out to be a user's. */
    public long ofUsers() {
        return usersWork.sum();
    }

    /** Pieces that turned out to be nobody's. */
    public long ofStrangers() {
        return strangersWork.sum();
    }

    /** Pieces that were refused because their source had caused too many for nothing. */
    public long overSource() {
        return overSource.sum();
    }

    /** Pieces that were refused or displaced because too many waited. */
    public long overNode() {
        return overNode.sum();
    }

    private boolean addFront(Entry entry) {
        if (fronts.size() >= MOST_WAITING) {
            overNode.increment();
            return false;
        }
        fronts.add(entry);
        return true;
    }

    private boolean add(ClientSource source, Entry entry) {
        Lane lane = lane(source);
        lane.refilled(nanos.getAsLong());
        if (lane.budget < 1) {
            overSource.increment();
            return false;
        }
        if (strangersWaiting >= MOST_WAITING) {
            overNode.increment();
            return false;
        }
        // Taken now and given back where it was a user's: many at once are not tried against one budget.
        lane.budget--;
        if (lane.waiting.isEmpty()) {
            turns.add(lane);
        }
        lane.waiting.add(entry);
        strangersWaiting++;
        return true;
    }

    private Lane lane(ClientSource source) {
        long now = nanos.getAsLong();
        if (lanes.size() >= MOST_SOURCES && now - swept >= NANOS) {
            swept = now;
            lanes.values().removeIf(lane -> lane.refilled(now));
        }
        Lane lane = lanes.get(source);
        if (lane == null) {
            lane = new Lane(now);
            // Beyond so many sources at once nobody is remembered; they still take turns.
            if (lanes.size() < MOST_SOURCES) {
                lanes.put(source, lane);
            }
        }
        return lane;
    }

    /** Makes room for a source that has at least two less waiting than another; what has gone for it, or null. */
    private @Nullable Entry room(ClientSource source) {
        if (strangersWaiting < MOST_WAITING) {
            return null;
        }
        Lane own = lanes.get(source);
        int least = own == null ? 0 : own.waiting.size();
        Lane fullest = null;
        for (Lane lane : turns) {
            if (lane.waiting.size() > (fullest == null ? least + 1 : fullest.waiting.size())) {
                fullest = lane;
            }
        }
        if (fullest == null || (own != null && own.budget < 1)) {
            return null;
        }
        strangersWaiting--;
        overNode.increment();
        return fullest.waiting.pollLast();
    }

    private void runAll() {
        boolean ended = false;
        try {
            for (Entry next = next(); next != null; next = next()) {
                boolean users = false;
                try {
                    users = next.piece.run();
                } finally {
                    done(next.source, users);
                }
            }
            ended = true;
        } finally {
            if (!ended) {
                lost();
            }
        }
    }

    /** A piece has failed, and its thread with it: the next piece gets another. */
    private void lost() {
        synchronized (lock) {
            running--;
        }
    }

    private @Nullable Entry next() {
        synchronized (lock) {
            frontsTurn = !frontsTurn;
            Lane lane = frontsTurn && !fronts.isEmpty() ? null : turns.poll();
            if (lane == null) {
                Entry front = fronts.poll();
                if (front == null) {
                    running--;
                }
                return front;
            }
            Entry entry = lane.waiting.poll();
            strangersWaiting--;
            if (!lane.waiting.isEmpty()) {
                turns.add(lane);
            }
            return entry;
        }
    }

    private void done(@Nullable ClientSource source, boolean users) {
        (users ? usersWork : strangersWork).increment();
        if (source == null || !users) {
            return;
        }
        synchronized (lock) {
            Lane lane = lanes.get(source);
            if (lane != null) {
                lane.budget = Math.min(BUDGET, lane.budget + 1);
            }
        }
    }
}
