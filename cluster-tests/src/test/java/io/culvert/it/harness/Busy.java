package io.culvert.it.harness;

import java.lang.management.ManagementFactory;
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
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
