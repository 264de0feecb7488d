package io.culvert.launcher.cluster;

import java.net.InetSocketAddress;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that have been named lately, as a set that nobody changes by that view. The JDK's hash of an address is the sum of
 * host and port, so that neighbours of a farm, whose ports differ as their hosts do, may all have one; in here they do not: what
 * is asked and named a thousand times a second costs the same with few nodes and with many. Safe for all threads.
 */
final class NamedAddresses extends AbstractSet<InetSocketAddress> {
    /** Fibonacci hashing: the odd number next to 2^32 divided by the golden ratio. */
    private static final int SPREAD = 0x9E3779B9;

    private final Map<Key, Long> named = new ConcurrentHashMap<>();

    private record Key(InetSocketAddress address) {
        @Override
        public int hashCode() {
            return (Objects.hashCode(address.getAddress()) + SPREAD * address.getPort()) * SPREAD;
        }
    }

    /** Takes note of addresses that are named at a time. */
    void name(Iterable<InetSocketAddress> addresses, long now) {
        for (InetSocketAddress address : addresses) {
            named.put(new Key(address), now);
        }
    }

    /** Forgets what has not been named for longer than a time. */
    void forget(long now, long nanos) {
        named.values().removeIf(at -> now - at > nanos);
    }

    @Override
    public boolean contains(@Nullable Object address) {
        return address instanceof InetSocketAddress given && named.containsKey(new Key(given));
    }

    @Override
    public Iterator<InetSocketAddress> iterator() {
        return named.keySet().stream().map(Key::address).iterator();
    }

    @Override
    public int size() {
        return named.size();
    }
}
