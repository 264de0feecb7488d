package io.culvert.ingress.protocol;

import io.culvert.model.UserRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The users of an inbound through its configurations. A session belongs to a user's {@link UserRef} as an instance: two users
 * may have the same e-mail, or none, and only the instance tells which of them has been removed.
 *
 * <p>Replaced by one thread at a time, asked by any.
 *
 * @param <K> what a user proves itself with
 */
final class UserInstances<K> {
    private Map<K, List<UserRef>> byCredential = Map.of();
    private volatile Set<UserRef> known = Set.of();

    /**
     * What a replacement came to.
     *
     * @param users the instances to give to sessions from now on
     * @param gone the instances of users that are no longer there
     */
    record Replaced<K>(Map<K, UserRef> users, Set<UserRef> gone) {}

    /** Takes the users of another configuration. Those whose credential is still there keep their sessions. */
    Replaced<K> replace(Map<K, UserRef> wanted) {
        Map<K, List<UserRef>> next = new HashMap<>();
        Map<K, UserRef> current = new HashMap<>();
        wanted.forEach((credential, user) -> {
            // One instance for each way in which the user has been written: its older sessions hold the older ones.
            List<UserRef> instances = new ArrayList<>(byCredential.getOrDefault(credential, List.of()));
            UserRef instance =
                    instances.stream().filter(user::equals).findFirst().orElse(user);
            if (!instances.contains(instance)) {
                instances.add(instance);
            }
            next.put(credential, instances);
            current.put(credential, instance);
        });
        Set<UserRef> gone = identities();
        byCredential.forEach((credential, instances) -> {
            if (!next.containsKey(credential)) {
                gone.addAll(instances);
            }
        });
        Set<UserRef> all = identities();
        next.values().forEach(all::addAll);
        byCredential = next;
        known = all;
        return new Replaced<>(current, gone);
    }

    /** Whether an instance belongs to a user that is there. */
    boolean knows(UserRef instance) {
        return known.contains(instance);
    }

    private static Set<UserRef> identities() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }
}
