package io.culvert.wire.vmess;

import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What an inbound decides requests by, on one event loop: the shared snapshot of users and what the node has seen, with this
 * thread's own look-up. Make one for each event loop and snapshot.
 */
public final class VmessAuthenticator {
    /** The users that a header is tried with where it is read, 4 us; among more, all but the likely ones are a {@link UserSearch}. */
    public static final int AT_ONCE = 192;

    private final VmessUsers users;
    private final AuthIdLookup lookup;
    private final SeenHeaders seen;
    private final LongSupplier unixSeconds;
    private final boolean disableInsecureEncryption;

    /**
     * An authenticator for one thread.
     *
     * @param seen the node's
     * @param unixSeconds the clock
     * @param disableInsecureEncryption refuses {@link VmessSecurity#insecure} requests (wire-formats section 3.10)
     */
    public VmessAuthenticator(
            VmessUsers users, SeenHeaders seen, LongSupplier unixSeconds, boolean disableInsecureEncryption) {
        this.users = users;
        this.lookup = new AuthIdLookup(users.entries());
        this.seen = seen;
        this.unixSeconds = unixSeconds;
        this.disableInsecureEncryption = disableInsecureEncryption;
    }

    /** A decoder for one connection of which nothing is known, on this authenticator's thread. */
    public VmessRequestDecoder newDecoder() {
        return newDecoder(List.of());
    }

    /**
     * A decoder for one connection, on this authenticator's thread.
     *
     * @param likely IDs whose users are tried first; a few
     */
    public VmessRequestDecoder newDecoder(List<UUID> likely) {
        return new VmessRequestDecoder(this, likely);
    }

    /** Looks for a user among as many as can be tried at once: all, or the likely ones. */
    int find(List<UUID> likely, byte[] authId, long now) {
        return triesAll()
                ? lookup.find(authId, now)
                : lookup.findLikely(likely.isEmpty() ? AuthIdLookup.NOBODY : users.places(likely), authId, now);
    }

    /** Whether all users can be tried at once. */
    boolean triesAll() {
        return users.size() <= AT_ONCE;
    }

    VmessUsers users() {
        return users;
    }

    AuthIdLookup lookup() {
        return lookup;
    }

    @Nullable
    LegacyTable legacy() {
        return users.legacy();
    }

    SeenHeaders seen() {
        return seen;
    }

    long now() {
        return unixSeconds.getAsLong();
    }

    boolean disableInsecureEncryption() {
        return disableInsecureEncryption;
    }
}
