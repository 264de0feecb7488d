package io.culvert.launcher;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many descriptors the process may have. */
final class OpenFiles {
    /** Where the system does not say. */
    private static final long UNKNOWN = 4_096;

    private OpenFiles() {}

    static long limit() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : UNKNOWN;
    }
}
