package io.culvert.egress.dial;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The addresses of this host's interfaces, looked up again after a while. Safe for all threads. */
public final class LocalAddresses {
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);

    private record Snapshot(Set<InetAddress> addresses, long at) {}

    private static volatile Snapshot snapshot = new Snapshot(Set.of(), System.nanoTime() - FRESH_NANOS - 1);

    private LocalAddresses() {}

    static boolean contains(InetAddress address) {
        return all().contains(address);
    }

    /** Every address of every interface, loopback among them, as it was within the last ten seconds. */
    public static Set<InetAddress> all() {
        Snapshot current = snapshot;
        if (System.nanoTime() - current.at > FRESH_NANOS) {
            current = new Snapshot(read(current.addresses), System.nanoTime());
            snapshot = current;
        }
        return current.addresses;
    }

    private static Set<InetAddress> read(Set<InetAddress> before) {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (SocketException e) {
            return before;
        }
    }
}
