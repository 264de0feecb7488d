package io.culvert.ingress.protocol;

import io.culvert.files.FileFaults;
import io.culvert.wire.vmess.SeenHeaders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The VMess headers that a node has seen, with the file in which they outlive it. Opened by the first VMess inbound: a node without
 * one has no such file. Safe for all threads.
 */
public final class SeenMemory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SeenMemory.class);

    /** Where headers are remembered in memory alone. */
    public static final Place NONE = () -> null;

    private final Place place;
    private final ReentrantLock turn = new ReentrantLock();
    private final int limit;
    private volatile @Nullable SeenHeaders headers;
    private @Nullable SeenFile file;
    private volatile boolean kept;

    /** Where the file is to be. */
    @FunctionalInterface
    public interface Place {
        /**
         * Makes the file's folder where it is missing. May block.
         *
         * @return null where headers are to be remembered in memory alone, as in a test
         * @throws IOException where the folder cannot be used
         */
        @Nullable
        Path ready() throws IOException;
    }

    public SeenMemory(Place place) {
        this(place, SeenHeaders.DEFAULT_LIMIT);
    }

    SeenMemory(Place place, int limit) {
        this.place = place;
        this.limit = limit;
    }

    /** Forgets everything when the process ends. */
    public static SeenMemory none() {
        return new SeenMemory(NONE);
    }

    /** The headers. The first call opens the file, so it is not for an event loop. */
    SeenHeaders headers() {
        SeenHeaders known = headers;
        return known != null ? known : open(System.currentTimeMillis() / 1000);
    }

    private SeenHeaders open(long now) {
        turn.lock();
        try {
            SeenHeaders known = headers;
            return known != null ? known : openLocked(now);
        } finally {
            turn.unlock();
        }
    }

    private SeenHeaders openLocked(long now) {
        SeenHeaders opened;
        try {
            Path path = place.ready();
            opened = path == null ? new SeenHeaders(limit, Long.MIN_VALUE, SeenHeaders.NO_MEMORY) : open(path, now);
        } catch (IOException e) {
            LOG.warn(
                    "VMess headers that were used are remembered in memory alone, and after a restart those whose time is"
                            + " more than {} s before it are refused: {}",
                    SeenHeaders.SLACK_SECONDS,
                    FileFaults.of(e));
            opened = new SeenHeaders(limit, SeenHeaders.sinceStart(now), SeenHeaders.NO_MEMORY);
        }
        headers = opened;
        return opened;
    }

    private SeenHeaders open(Path path, long now) throws IOException {
        boolean first = Files.notExists(path);
        SeenFile opened = SeenFile.open(path, limit);
        String gap = opened.gap();
        if (gap != null && !first) {
            LOG.warn(
                    "{} does not tell which VMess headers were used before: {}; those whose time is more than {} s before this"
                            + " start are refused",
                    path,
                    gap,
                    SeenHeaders.SLACK_SECONDS);
        }
        if (first) {
            LOG.info(
                    "{} is made; VMess headers whose time is more than {} s before this start are refused",
                    path,
                    SeenHeaders.SLACK_SECONDS);
        }
        SeenHeaders restored =
                new SeenHeaders(limit, gap == null ? Long.MIN_VALUE : SeenHeaders.sinceStart(now), opened);
        opened.read(now, (kind, high, low, expiry) -> restored.restore(kind, high, low, expiry, now));
        file = opened;
        kept = true;
        return restored;
    }

    /** The most headers that are remembered. */
    public int limit() {
        return limit;
    }

    /** A number of the headers, 0 before there are any. */
    public long count(ToLongFunction<SeenHeaders> number) {
        SeenHeaders known = headers;
        return known == null ? 0 : number.applyAsLong(known);
    }

    /** Whether headers outlive this process. */
    public boolean isKept() {
        return kept;
    }

    /** Lets the next start have the file. Blocks. */
    @Override
    public void close() throws IOException {
        turn.lock();
        try {
            kept = false;
            if (file != null) {
                file.close();
            }
        } finally {
            turn.unlock();
        }
    }
}
