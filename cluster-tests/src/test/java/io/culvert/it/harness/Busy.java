package io.culvert.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Times that hold on a machine with CPU to spare, and are stretched on one that has several times the work it has cores for. */
public final class Busy {
    /** A farm and its load are that much by themselves. */
    private static final double USUAL_PER_CORE = 3;

    private Busy() {}

    /** How long something may take that may take this long where nothing else runs. */
    public static Duration allow(Duration usual) {
        double perCore = load() / Runtime.getRuntime().availableProcessors();
        return Duration.ofMillis((long) (usual.toMillis() * Math.max(1, perCore / USUAL_PER_CORE)));
    }

    /** The mean number of tasks that ran or waited to run in the last minute. */
    private static double load() {
        try {
            String averages = Files.readString(Path.of("/proc/loadavg"));
            return Double.parseDouble(averages.substring(0, averages.indexOf(' ')));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
