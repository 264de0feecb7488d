package io.culvert.launcher.systemd;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager how far the node is, as sd_notify(3) has it: datagrams to the socket that the variable NOTIFY_SOCKET
 * names. Where there is none, as in a terminal, nothing is told. What cannot be told is logged once and stops nothing. Any thread.
 */
public final class ServiceManager {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

    private final @Nullable NotifySocket socket;
    private final @Nullable Duration watchdog;
    private volatile boolean failed;
    private volatile boolean stopping;
    private volatile @Nullable LoopWatchdog watching;

    private ServiceManager(@Nullable NotifySocket socket, @Nullable Duration watchdog) {
        this.socket = socket;
        this.watchdog = watchdog;
    }

    /** @param environment of the process: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID count */
    public static ServiceManager of(Map<String, String> environment) {
        String name = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (name.isEmpty()) {
            return new ServiceManager(null, null);
        }
        try {
            return new ServiceManager(
                    NotifySocket.of(name),
                    watchdog(environment, ProcessHandle.current().pid()));
        } catch (IOException e) {
            LOG.warn("the service manager is told nothing: NOTIFY_SOCKET is {}", e.getMessage());
            return new ServiceManager(null, null);
        }
    }

    /** Within which time the manager wants to hear of the process, or null where it wants nothing, or of another process. */
    static @Nullable Duration watchdog(Map<String, String> environment, long pid) {
        String owner = environment.getOrDefault("WATCHDOG_PID", "");
        if (!owner.isEmpty() && !owner.equals(Long.toString(pid))) {
            return null;
        }
        try {
            long micros = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
            return micros > 0 ? Duration.of(micros, ChronoUnit.MICROS) : null;
        } catch (NumberFormatException _) {
            LOG.warn("the watchdog of the service manager is not served: WATCHDOG_USEC is no number");
            return null;
        }
    }

    /** Every listener is open. From now on the manager hears of the loops too, where it has a watchdog. */
    public void started(EventLoopGroup loops) {
        tell("READY=1\nSTATUS=serving");
        if (socket != null && watchdog != null) {
            LoopWatchdog begun = new LoopWatchdog(loops, () -> tell("WATCHDOG=1"));
            watching = begun;
            // Twice within its time, as the manual has it.
            begun.every(watchdog.dividedBy(2));
        }
    }

    /** The configuration is about to be read again. {@link #reloaded} must follow. */
    public void reloading() {
        // The JVM's nanoTime is the clock CLOCK_MONOTONIC on Linux, which is what the manager compares with.
        tell("RELOADING=1\nMONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(System.nanoTime()));
    }

    /** What came of it is in force, or was refused. */
    public void reloaded() {
        if (!stopping) {
            tell("READY=1\nSTATUS=serving");
        }
    }

    /** The node takes nobody new any more; its sessions may go on for a while. The watchdog goes on. */
    public void stopping(long hardSeconds) {
        stopping = true;
        tell("STOPPING=1\nSTATUS=draining for at most " + hardSeconds + " s");
    }

    /** The drain is over, and the loops are about to end. */
    public void stopped() {
        LoopWatchdog begun = watching;
        if (begun != null) {
            begun.close();
        }
    }

    private void tell(String state) {
        if (socket == null) {
            return;
        }
        try {
            socket.send(state);
        } catch (IOException e) {
            if (!failed) {
                failed = true;
                LOG.warn("the service manager cannot be told anything: {}", e.getMessage());
            }
        }
    }
}
