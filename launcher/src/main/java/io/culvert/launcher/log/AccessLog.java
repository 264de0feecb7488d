package io.culvert.launcher.log;

import io.culvert.files.FileFaults;
import java.io.IOException;
import java.io.Writer;
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

    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss");
    private static final Line END = new Line(0, "");

    private final BlockingQueue<Line> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final LongAdder dropped = new LongAdder();
    private final LongSupplier clock;
    private final ZoneId zone;
    private final @Nullable Writer writer;
    private final @Nullable Thread thread;
    private volatile boolean closed;
    private long reported;
    private long second = Long.MIN_VALUE;
    private String secondText = "";

    /**
     * @param writer where the lines go, or null for nowhere; closed with the log
     * @param clock milliseconds since the epoch
     */
    AccessLog(@Nullable Writer writer, LongSupplier clock, ZoneId zone) {
        this.writer = writer;
        this.clock = clock;
        this.zone = zone;
        this.thread = writer == null
                ? null
                : Thread.ofPlatform().daemon().name("access-log").unstarted(this::run);
        if (thread != null) {
            thread.start();
        }
    }

    /** A log that forgets every line. */
    public static AccessLog none() {
        return new AccessLog(null, () -> 0, ZoneId.of("UTC"));
    }

    /** Whether lines go anywhere: where they do not, none need be composed. */
    public boolean enabled() {
        return writer != null;
    }

    /**
     * Adds a line, which is written with the time in front. Never blocks; any thread.
     *
     * @param line without time and without line end; control characters in it are written as {@code ?}
     */
    public void write(String line) {
        if (writer == null || closed) {
            return;
        }
        if (!queue.offer(new Line(clock.getAsLong(), line))) {
            dropped.increment();
        }
    }

    /** How many lines were lost because the queue was full. */
    public long dropped() {
        return dropped.sum();
    }

    /** Writes what is queued and ends the thread. */
    @Override
    public void close() {
        closed = true;
        if (thread == null) {
            return;
        }
        try {
            queue.put(END);
            LockSupport.unpark(thread);
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        List<Line> batch = new ArrayList<>();
        boolean ended = false;
        boolean failing = false;
        while (!ended) {
            try {
                batch.add(queue.take());
                if (!closed) {
                    LockSupport.parkNanos(GATHER_NANOS);
                }
                queue.drainTo(batch);
                ended = batch.contains(END);
                writeAll(batch);
                failing = false;
            } catch (InterruptedException _) {
                return;
            } catch (IOException e) {
                if (!failing) {
                    LOG.error("the access log cannot be written: {}", FileFaults.of(e));
                }
                failing = true;
            } finally {
                batch.clear();
            }
        }
        closeWriter();
    }

    private void writeAll(List<Line> batch) throws IOException {
        if (writer == null) {
            return;
        }
        for (Line line : batch) {
            if (!line.equals(END)) {
                writer.write(time(line.millis) + " " + printable(line.text) + "\n");
            }
        }
        long lost = dropped.sum();
        if (lost > reported) {
            writer.write(time(clock.getAsLong()) + " access log: " + (lost - reported) + " lines dropped\n");
            reported = lost;
        }
        writer.flush();
    }

    private void closeWriter() {
        try {
            if (writer != null) {
                writer.close();
            }
        } catch (IOException e) {
            LOG.error("the access log cannot be closed: {}", FileFaults.of(e));
        }
    }

    private String time(long millis) {
        long now = Math.floorDiv(millis, 1000);
        if (now != second) {
            second = now;
            secondText = TIME.format(Instant.ofEpochSecond(now).atZone(zone));
        }
        return secondText;
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
