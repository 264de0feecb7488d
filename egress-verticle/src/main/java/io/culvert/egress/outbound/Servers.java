package io.culvert.egress.outbound;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The servers of a proxy outbound, taken in turn; safe for all threads.
 *
 * @param <S> a server
 */
final class Servers<S> {
    private final List<S> servers;
    private final AtomicInteger next = new AtomicInteger();

    Servers(List<S> servers) {
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("an outbound needs a server");
        }
        this.servers = List.copyOf(servers);
    }

    S next() {
        return servers.get(Math.floorMod(next.getAndIncrement(), servers.size()));
    }

    /** Any one of several users. */
    static <U> U anyOf(List<U> users) {
        return users.get(users.size() == 1 ? 0 : ThreadLocalRandom.current().nextInt(users.size()));
    }
}
