package io.culvert.wire.vmess;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The users of one inbound: an immutable snapshot that all event loops share. What needs state of its own for each thread, the
 * AES ciphers of {@link AuthIdLookup}, is made for each event loop by {@link VmessAuthenticator}; the {@link LegacyTable}, which
 * is built for users with an {@code alterId} only, is shared under a lock.
 *
 * <p>Making a snapshot costs 0.6 us a user for key derivation; do it off the event loop where there are thousands.
 */
public final class VmessUsers {
    private final List<Entry> entries;
    private final @Nullable LegacyTable legacy;
    private final Map<UUID, Integer> places = new HashMap<>();
    /** Look-ups that nobody uses now: as many as have been used at once. */
    private final Queue<AuthIdLookup> lookups = new ArrayDeque<>();

    private VmessUsers(List<Entry> entries, @Nullable LegacyTable legacy) {
        this.entries = entries;
        this.legacy = legacy;
        for (int i = 0; i < entries.size(); i++) {
            places.putIfAbsent(entries.get(i).user().id(), i);
        }
    }

    /** A user with the keys that do not change. The arrays are not to be changed. */
    record Entry(VmessUser user, Keys keys) {}

    /** The keys of a user, 16 bytes each. */
    static final class Keys {
        final byte[] command;
        final byte[] authId;

        Keys(VmessUser user) {
            command = VmessIds.commandKey(user.id());
            authId = VmessIds.authIdKey(command);
        }
    }

    /** A snapshot of these users. Where several have the same ID, the first is found. */
    public static VmessUsers of(List<VmessUser> users) {
        List<Entry> entries = new ArrayList<>(users.size());
        boolean anyLegacy = false;
        for (VmessUser user : users) {
            entries.add(new Entry(user, new Keys(user)));
            anyLegacy |= user.alterId() > 0;
        }
        return new VmessUsers(List.copyOf(entries), anyLegacy ? new LegacyTable(entries) : null);
    }

    /** How many users there are. */
    public int size() {
        return entries.size();
    }

    /** Whether any user may send the legacy header. */
    public boolean hasLegacyUsers() {
        return legacy != null;
    }

    /**
     * Brings the table of legacy headers up to date. A look-up does so by itself when it must, at 0.5 us for each ID and second that
     * is not covered yet: 100 ms for the first one with 650 IDs. So call this once before the snapshot is used and then every
     * {@value LegacyTable#AHEAD_SECONDS} seconds or more often from a worker, and no event loop ever pays.
     *
     * @param now Unix seconds
     */
    public void maintain(long now) {
        if (legacy != null) {
            legacy.maintain(now);
        }
    }

    /** The places of those of some IDs that are users'. */
    int[] places(List<UUID> ids) {
        int[] found = new int[ids.size()];
        int count = 0;
        for (UUID id : ids) {
            Integer place = places.get(id);
            if (place != null) {
                found[count++] = place;
            }
        }
        return count == found.length ? found : Arrays.copyOf(found, count);
    }

    /** Tries every user on the calling thread. */
    UserSearch.Found search(byte[] authId, long now) {
        AuthIdLookup lookup = takeLookup();
        int place = lookup.find(authId, now);
        UserSearch.Found found = new UserSearch.Found(place, lookup.time());
        giveBack(lookup);
        return found;
    }

    private AuthIdLookup takeLookup() {
        synchronized (lookups) {
            AuthIdLookup free = lookups.poll();
            return free == null ? new AuthIdLookup(entries) : free;
        }
    }

    private void giveBack(AuthIdLookup lookup) {
        synchronized (lookups) {
            lookups.add(lookup);
        }
    }

    List<Entry> entries() {
        return entries;
    }

    @Nullable
    LegacyTable legacy() {
        return legacy;
    }
}
