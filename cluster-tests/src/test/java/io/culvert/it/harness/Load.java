package io.culvert.it.harness;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sessions that come and go while something happens, each with bytes that depend on its number and their position, and an
 * account of how each of them ended. The destination is a {@link Ledger}.
 */
public final class Load implements AutoCloseable {
    /** {@code uplinkOnly} and {@code downlinkOnly} where nothing is configured. */
    private static final Duration HALF_CLOSED = Duration.ofSeconds(1);

    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final int MOST_BYTES = 24_000;
    private static final Duration PAUSE = Duration.ofMillis(40);
    private static final Duration ENDS_WITHIN = Duration.ofSeconds(60);

    /** How a session ended; whatever is none of these is a fault. */
    public enum Outcome {
        COMPLETED,
        /** Before a byte came back, and the client was told. */
        REFUSED,
        /** Later, and visibly so. */
        ABORTED
    }

    /**
     * One session.
     *
     * @param cause why it did not complete, as the client sees it
     * @param opened when its first answer was there, or it had failed
     * @param bytes that came back
     * @param saidAll when the client ended its output, or 0
     */
    public record Session(
            long number, Outcome outcome, String cause, long begun, long opened, long ended, long bytes, long saidAll) {
        /** From its dial to its first answer, or to its refusal. */
        public Duration setup() {
            return Duration.ofNanos(opened - begun);
        }

        /** From a moment to its end. */
        public Duration endedAfter(long moment) {
            return Duration.ofNanos(ended - moment);
        }

        /**
         * Whether its end may have come by the half-closed timer, which closes with a FIN: the client's own end then never came
         * to the destination.
         */
        boolean endedByTimer() {
            return saidAll != 0 && ended - saidAll >= HALF_CLOSED.toNanos();
        }

        public boolean completed() {
            return outcome == Outcome.COMPLETED;
        }
    }

    private final XorExchange.Dialler dialler;
    private final Ledger ledger;
    private final Queue<Session> sessions = new ConcurrentLinkedQueue<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final List<Thread> workers = new ArrayList<>();
    private volatile Duration patience = Duration.ofSeconds(10);
    private volatile boolean deaths;
    private volatile boolean entranceDies;
    private volatile boolean held;
    private volatile boolean ending;

    private Load(XorExchange.Dialler dialler, Ledger ledger) {
        this.dialler = dialler;
        this.ledger = ledger;
    }

    /**
     * Starts.
     *
     * @param dialler leads to the ledger
     * @param brief how many sessions at once that exchange a few blocks
     * @param lasting how many sessions at once that go on for 1 to 4 s
     */
    public static Load start(XorExchange.Dialler dialler, Ledger ledger, int brief, int lasting, long seed) {
        Load load = new Load(dialler, ledger);
        for (int i = 0; i < brief + lasting; i++) {
            Random random = new Random(seed + i);
            boolean lasts = i >= brief;
            load.workers.add(Thread.ofVirtual().start(() -> load.work(random, lasts)));
        }
        return load;
    }

    /** Has the lasting sessions go on, or no longer: what is open where a fault is about to happen stays so until it does. */
    public void hold(boolean on) {
        held = on;
    }

    /** How long one step of a session may take before it counts as hung; 10 s unless said. */
    public void patience(Duration most) {
        patience = most;
    }

    /**
     * Says that a node which carries sessions is about to be killed: the kernel ends the connections of a dead process by FIN
     * where nothing is left to be read on them, and nobody can tell this end from another.
     */
    public void expectDeaths() {
        deaths = true;
    }

    /** Says the same of the node that clients come through: their sessions' own ends may be the kernel's too. */
    public void expectDeathOfEntrance() {
        expectDeaths();
        entranceDies = true;
    }

    private void work(Random random, boolean lasts) {
        while (!ending) {
            int rounds = lasts ? 20 + random.nextInt(80) : 1 + random.nextInt(4);
            if (!session(random, rounds, lasts)) {
                Await.pace(PAUSE);
            }
            Await.pace(PAUSE);
        }
    }

    /** Runs one session to its end; false where it did not complete. */
    private boolean session(Random random, int rounds, boolean paced) {
        long number = NUMBERS.incrementAndGet();
        long begun = System.nanoTime();
        long opened = 0;
        long at = 0;
        long saidAll = 0;
        Step step = new Step(number);
        try (Socket socket = dialler.dial()) {
            step.done("the dial");
            Payload payload = new Payload(number);
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(Ledger.NUMBER_BYTES)
                            .putLong(number)
                            .array());
            for (int round = 0; (round < rounds || (paced && held)) && !(paced && ending); round++) {
                int length = 1 + random.nextInt(MOST_BYTES);
                socket.getOutputStream().write(payload.bytes(at, length));
                byte[] answer = socket.getInputStream().readNBytes(length);
                step.done("an answer");
                payload.check(at, answer, answer.length, Payload.XOR, new byte[length]);
                at += answer.length;
                if (answer.length < length) {
                    throw cut(at);
                }
                opened = opened == 0 ? System.nanoTime() : opened;
                if (paced) {
                    Await.pace(PAUSE);
                    step.begin();
                }
            }
            saidAll = System.nanoTime();
            socket.shutdownOutput();
            Streams.expectEnd(socket.getInputStream());
            step.done("the end");
            add(number, Outcome.COMPLETED, "", begun, opened, at, saidAll);
            return true;
        } catch (SocketTimeoutException e) {
            faults.add("session " + number + " hangs after " + at + " bytes: " + e.getMessage());
        } catch (IOException e) {
            step.done("the failure");
            Outcome outcome = at == 0 ? Outcome.REFUSED : Outcome.ABORTED;
            add(number, outcome, String.valueOf(e.getMessage()), begun, opened, at, saidAll);
        } catch (AssertionError e) {
            faults.add("session " + number + ": " + e.getMessage());
        }
        return false;
    }

    /** A session that ends by a FIN in its middle: a fault, unless a process died. Where nothing came, nothing is cut off. */
    private IOException cut(long at) {
        if (at > 0 && !deaths) {
            throw new AssertionError("it ended as if complete after " + at + " bytes");
        }
        return new EOFException(at == 0 ? "closed without a byte" : "the FIN of a process that died");
    }

    private void add(long number, Outcome outcome, String cause, long begun, long opened, long bytes, long saidAll) {
        long now = System.nanoTime();
        sessions.add(new Session(number, outcome, cause, begun, opened == 0 ? now : opened, now, bytes, saidAll));
    }

    /** Watches that nothing takes longer than the patience. */
    private final class Step {
        private final long number;
        private long since = System.nanoTime();

        Step(long number) {
            this.number = number;
        }

        void begin() {
            since = System.nanoTime();
        }

        void done(String what) {
            Duration took = Duration.ofNanos(System.nanoTime() - since);
            if (took.compareTo(Busy.allow(patience)) > 0) {
                faults.add("session " + number + ": " + what + " took " + took.toMillis() + " ms");
            }
            begin();
        }
    }

    /** The sessions that have ended, and were begun at a moment or later. */
    public List<Session> begunSince(long moment) {
        return sessions.stream()
                .filter(session -> session.begun() - moment >= 0)
                .toList();
    }

    /** Waits until so many sessions have completed that were begun from now on; returns after how long. */
    public Duration awaitCompleted(int count, Duration within) {
        long now = System.nanoTime();
        Await.until(
                within,
                () -> this + ", and since then " + summary(begunSince(now)),
                () -> begunSince(now).stream().filter(Session::completed).count() >= count);
        return Duration.ofNanos(System.nanoTime() - now);
    }

    /**
     * Ends the load, and looks at both ends of every session.
     *
     * @return all of them
     */
    public List<Session> finish() {
        ending = true;
        for (Thread worker : workers) {
            try {
                if (!worker.join(ENDS_WITHIN)) {
                    faults.add("a session did not end within " + ENDS_WITHIN);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        if (!Await.reached(Busy.allow(patience), () -> ledger.open() == 0)) {
            faults.add(ledger.open() + " destinations were left open");
        }
        faults.addAll(ledger.faults());
        sessions.forEach(this::compare);
        if (!faults.isEmpty()) {
            throw new AssertionError(faults.size() + " faults, the first: "
                    + faults.stream().limit(10).toList() + "\n" + this);
        }
        return List.copyOf(sessions);
    }

    /** What the destination saw of a session has to fit what its client saw. */
    private void compare(Session session) {
        Ledger.Arrival arrival = ledger.arrival(session.number());
        boolean fits = switch (session.outcome()) {
            case COMPLETED ->
                arrival != null
                        && arrival.bytes() == session.bytes()
                        // Where the ingress has died right behind the last answer, its FIN is the kernel's.
                        && (arrival.whole() || session.endedByTimer() || entranceDies);
            case REFUSED, ABORTED ->
                arrival == null
                        || !arrival.whole()
                        || deaths
                        || (session.saidAll() != 0 && arrival.bytes() == session.bytes());
        };
        if (!fits) {
            faults.add(session + ", and its destination has " + arrival);
        }
    }

    /** How sessions ended, by their causes, and how long they took to open. */
    public static String summary(List<Session> sessions) {
        Map<String, Integer> counts = new TreeMap<>();
        sessions.forEach(session ->
                counts.merge(session.outcome() + " " + session.cause().strip(), 1, Integer::sum));
        return sessions.size() + " sessions " + counts + ", the slowest completed one opened after "
                + slowest(sessions).toMillis() + " ms";
    }

    /** The longest that a session which completed took to its first answer. */
    public static Duration slowest(List<Session> sessions) {
        return sessions.stream()
                .filter(Session::completed)
                .map(Session::setup)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /** Those that did not complete. */
    public static List<Session> lost(List<Session> sessions) {
        return sessions.stream().filter(session -> !session.completed()).toList();
    }

    @Override
    public String toString() {
        return summary(List.copyOf(sessions));
    }

    @Override
    public void close() {
        ending = true;
    }
}
