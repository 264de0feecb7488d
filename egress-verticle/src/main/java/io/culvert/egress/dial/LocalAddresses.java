package io.culvert.egress.dial;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The addresses of this host's interfaces, looked up again after a while. */
final class LocalAddresses {
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);

    private record Snapshot(Set<InetAddress> addresses, long at) {}

    private static volatile Snapshot snapshot = new Snapshot(Set.of(), System.nanoTime() - FRESH_NANOS - 1);

    private LocalAddresses() {}

    static boolean contains(InetAddress address) {
        Snapshot current = snapshot;
        if (System.nanoTime() - current.at > FRESH_NANOS) {
            current = new Snapshot(read(), System.nanoTime());
            snapshot = current;
        }
        return current.addresses.contains(address);
    }

    private static Set<InetAddress> read() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (SocketException e) {
            return Set.of();
        }
    }
}
