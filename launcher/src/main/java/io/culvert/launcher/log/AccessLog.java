package io.culvert.launcher.log;

import io.culvert.admin.Metrics;
import io.culvert.config.LogConfig.Format;
import io.culvert.files.FileFaults;
import io.culvert.ingress.session.AccessJson;
import io.culvert.ingress.session.AccessLines;
import io.culvert.ingress.session.SessionLog;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access log: lines in a bounded queue, written by a thread of its own. A full queue drops lines and counts them; no
 * caller ever waits.
 */
public final class AccessLog implements AutoCloseable {
    /** The most lines that wait for the disk. */
    static final int CAPACITY = 8192;

    /** How long lines gather before they are written together: a thread that is woken for each costs a session its time. */
    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** How much is written at once, in characters. */
    private static final int PORTION = 64 * 1024;

    /** How often lost lines are warned of. */
    private static final long WARN_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final DateTimeFormatter TEXT_TIME = DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss");
    private static final DateTimeFormatter JSON_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX");

    /** Has the thread look at {@link #closed} and {@link #reopening}. */
    private static final Line NUDGE = new Line(0, "");

    private final BlockingQueue<Line> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final LongAdder overflowed = new LongAdder();
    private final LongAdder unwritten = new LongAdder();
    private final LongSupplier clock;
    private final ZoneId zone;
    private final Format format;
    private final @Nullable LineSink sink;
    private final @Nullable Thread thread;
    private volatile boolean closed;
    private volatile boolean reopening;
    private final StringBuilder portion = new StringBuilder();
    private int portionLines;
    private boolean failing;
    private long reported;
    private long warned;
    private long warnedAt = Long.MIN_VALUE;
    private long second = Long.MIN_VALUE;
    private String secondText = "";

    /**
     * @param sink where the lines go, or null for nowhere; closed with the log
     * @param clock milliseconds since the epoch
     */
    AccessLog(@Nullable LineSink sink, Format format, LongSupplier clock, ZoneId zone) {
        this.sink = sink;
        this.format = format;
        this.clock = clock;
        this.zone = zone;
        this.thread = sink == null
                ? null
                : Thread.ofPlatform().daemon().name("access-log").unstarted(() -> run(sink));
        if (thread != null) {
            thread.start();
        }
    }

    /** A log that forgets every line. */
    public static AccessLog none() {
        return new AccessLog(null, Format.TEXT, () -> 0, ZoneId.of("UTC"));
    }

    /** What sessions tell: composed in this log's format, where it goes anywhere. */
    public SessionLog sessions() {
        if (sink == null) {
            return SessionLog.NONE;
        }
        return switch (format) {
            case TEXT -> new AccessLines(this::write);
            case JSON -> new AccessJson(this::write);
        };
    }

    /** Has its limit and its losses shown. */
    public void register(Metrics metrics) {
        String lost = "culvert.access.log.lost";
        String help = "Lines of the access log that were not written";
        metrics.count(lost, help, overflowed::sum, "reason", "queue full");
        metrics.count(lost, help, unwritten::sum, "reason", "write failed");
        metrics.gauge("culvert.limit.access.log.lines", "The most access lines that wait for the disk", () -> CAPACITY);
    }

    /**
     * Adds a line, which is written with the time in front. Never blocks; any thread.
     *
     * @param line without time and without line end. As text, control characters in it are written as {@code ?}; as JSON it is an
     *     object, which gets the time as its first member
     */
    void write(String line) {
        if (sink == null || closed) {
            return;
        }
        if (!queue.offer(new Line(clock.getAsLong(), line))) {
            overflowed.increment();
        }
    }

    /** How many lines were lost because the queue was full. */
    long overflowed() {
        return overflowed.sum();
    }

    /** How many lines were lost because the disk did not take them. */
    long unwritten() {
        return unwritten.sum();
    }

    /** Has what comes from now on written to the file that has its name then. */
    public void reopen() {
        reopening = true;
        // Where the queue is full, the thread has enough to be awake for.
        queue.offer(NUDGE);
    }

    /** Writes what is queued and ends the thread. */
    @Override
    public void close() {
        closed = true;
        if (thread == null) {
            return;
        }
        try {
            queue.put(NUDGE);
            LockSupport.unpark(thread);
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(LineSink to) {
        List<Line> batch = new ArrayList<>();
        boolean last = false;
        while (!last) {
            try {
                batch.add(queue.take());
            } catch (InterruptedException _) {
                return;
            }
            if (!closed && !reopening) {
                LockSupport.parkNanos(GATHER_NANOS);
            }
            last = closed;
            queue.drainTo(batch);
            batch.removeIf(line -> line.text.isEmpty());
            if (reopening) {
                reopening = false;
                reopen(to);
            }
            write(batch, to);
            batch.clear();
        }
        try {
            to.close();
        } catch (IOException e) {
            LOG.error("the access log cannot be closed: {}", FileFaults.of(e));
        }
    }

    private static void reopen(LineSink to) {
        try {
            to.reopen();
        } catch (IOException e) {
            LOG.error("the access log cannot be opened again, and stays in its file: {}", FileFaults.of(e));
        }
    }

    private void write(List<Line> batch, LineSink to) {
        int left = batch.size();
        try {
            for (Line line : batch) {
                append(line);
                if (portion.length() >= PORTION) {
                    left -= flush(to);
                }
            }
            appendLost();
            left -= flush(to);
            failing = false;
        } catch (IOException e) {
            unwritten.add(left);
            portion.setLength(0);
            portionLines = 0;
            if (!failing) {
                LOG.error("the access log cannot be written: {}", FileFaults.of(e));
            }
            failing = true;
        }
        warnOfLost();
    }

    /** How many lines of a batch that were. */
    private int flush(LineSink to) throws IOException {
        if (!portion.isEmpty()) {
            to.write(portion.toString());
        }
        int lines = portionLines;
        portion.setLength(0);
        portionLines = 0;
        return lines;
    }

    private void append(Line line) {
        portionLines++;
        switch (format) {
            case TEXT -> portion.append(textTime(line.millis)).append(' ').append(printable(line.text));
            case JSON ->
                portion.append("{\"time\":\"")
                        .append(jsonTime(line.millis))
                        .append("\",")
                        .append(line.text, 1, line.text.length());
        }
        portion.append('\n');
    }

    private void appendLost() {
        long lost = overflowed.sum();
        if (lost == reported) {
            return;
        }
        String number = Long.toString(lost - reported);
        reported = lost;
        append(new Line(
                clock.getAsLong(),
                switch (format) {
                    case TEXT -> "access log: " + number + " lines dropped";
                    case JSON -> "{\"event\":\"dropped\",\"lines\":" + number + "}";
                }));
        // It is none of the batch.
        portionLines--;
    }

    private void warnOfLost() {
        long lost = overflowed.sum() + unwritten.sum();
        long now = clock.getAsLong();
        if (lost > warned && (warnedAt == Long.MIN_VALUE || now - warnedAt >= WARN_MILLIS)) {
            LOG.warn(
                    "the access log has lost {} lines: the disk does not take them as fast as they come",
                    lost - warned);
            warned = lost;
            warnedAt = now;
        }
    }

    private String textTime(long millis) {
        long now = Math.floorDiv(millis, 1000);
        if (now != second) {
            second = now;
            secondText = TEXT_TIME.format(Instant.ofEpochSecond(now).atZone(zone));
        }
        return secondText;
    }

    private String jsonTime(long millis) {
        return JSON_TIME.format(Instant.ofEpochMilli(millis).atZone(zone));
    }

    /** A client chooses host names: none may begin a line of its own or speak to a terminal. */
    private static String printable(String line) {
        for (int i = 0; i < line.length(); i++) {
            if (Character.isISOControl(line.charAt(i))) {
                return line.replaceAll("\\p{Cntrl}", "?").replaceAll("[\\x80-\\x9f]", "?");
            }
        }
        return line;
    }

    private record Line(long millis, String text) {}
}
