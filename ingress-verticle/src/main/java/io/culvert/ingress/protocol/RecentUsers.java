package io.culvert.ingress.protocol;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Which users have come from an address last, so that they are tried first when it comes again. A hint and no more: what it says wrong
 * costs time. Two generations of limited size: who was not seen for as long as the younger one takes to fill is forgotten. Safe for all
 * threads.
 */
final class RecentUsers {
    /** Users of an address: a household, or what a network behind one address uses most. */
    static final int OF_ADDRESS = 16;

    private record Generations(
            ConcurrentHashMap<InetAddress, List<UUID>> young, ConcurrentHashMap<InetAddress, List<UUID>> old) {}

    private final int most;
    private final AtomicReference<Generations> generations =
            new AtomicReference<>(new Generations(new ConcurrentHashMap<>(), new ConcurrentHashMap<>()));

    /** @param most addresses of a generation */
    RecentUsers(int most) {
        this.most = most;
    }

    /** The users of an address, the one seen last first. */
    List<UUID> of(InetAddress address) {
        Generations now = generations.get();
        List<UUID> users = now.young.get(address);
        return users != null ? users : now.old.getOrDefault(address, List.of());
    }

    void seen(InetAddress address, UUID user) {
        Generations now = generations.get();
        List<UUID> before = now.young.get(address);
        if (before != null && before.getFirst().equals(user)) {
            return;
        }
        List<UUID> known = of(address);
        List<UUID> users = new ArrayList<>(Math.min(OF_ADDRESS, known.size() + 1));
        users.add(user);
        for (UUID one : known) {
            if (users.size() < OF_ADDRESS && !one.equals(user)) {
                users.add(one);
            }
        }
        now.young.put(address, List.copyOf(users));
        if (now.young.size() > most) {
            // Whoever else sees the same does it once with this.
            generations.compareAndSet(now, new Generations(new ConcurrentHashMap<>(), now.young));
        }
    }
}
