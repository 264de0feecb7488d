package io.culvert.launcher;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How busy the process is. */
final class ProcessLoad {
    private ProcessLoad() {}

    /** 0 to 100 percent of the machine's processors, since the last time it was asked; 0 where the system does not say. */
    static int percent() {
        double load = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuLoad()
                : 0;
        return (int) Math.round(100 * Math.clamp(load, 0.0, 1.0));
    }
}
