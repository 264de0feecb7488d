package io.culvert.wire.vmess;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What an inbound decides requests by, on one event loop: the shared snapshot of users and the shared replay sets, with this
 * thread's own look-up. Make one for each event loop and snapshot (1.5 us a user), and share the two sets among all of an inbound.
 */
public final class VmessAuthenticator {
    private final VmessUsers users;
    private final AuthIdLookup lookup;
    private final ReplaySet replays;
    private final SessionHistory history;
    private final LongSupplier unixSeconds;
    private final boolean disableInsecureEncryption;

    /**
     * An authenticator for one thread.
     *
     * @param unixSeconds the clock
     * @param disableInsecureEncryption refuses {@link VmessSecurity#insecure} requests (wire-formats section 3.10)
     */
    public VmessAuthenticator(
            VmessUsers users,
            ReplaySet replays,
            SessionHistory history,
            LongSupplier unixSeconds,
            boolean disableInsecureEncryption) {
        this.users = users;
        this.lookup = new AuthIdLookup(users.entries());
        this.replays = replays;
        this.history = history;
        this.unixSeconds = unixSeconds;
        this.disableInsecureEncryption = disableInsecureEncryption;
    }

    /** A decoder for one connection, on this authenticator's thread. */
    public VmessRequestDecoder newDecoder() {
        return new VmessRequestDecoder(this);
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

    ReplaySet replays() {
        return replays;
    }

    SessionHistory history() {
        return history;
    }

    long now() {
        return unixSeconds.getAsLong();
    }

    boolean disableInsecureEncryption() {
        return disableInsecureEncryption;
    }
}
