package io.culvert.launcher;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How busy this process is. */
final class ProcessLoad {
    private static final double PERCENT = 100;

    private ProcessLoad() {}

    /** The share of the machine's processors that the process has used lately, 0 to 100; 0 where that is not known. */
    static int percent() {
        double load = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuLoad()
                : 0;
        return (int) Math.clamp(Math.round(load * PERCENT), 0, (long) PERCENT);
    }
}
