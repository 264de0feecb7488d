package io.culvert.wire.vmess;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What an inbound decides requests by, on one event loop: the shared snapshot of users and what the node has seen, with this
 * thread's own look-up. Make one for each event loop and snapshot (1.5 us a user).
 */
public final class VmessAuthenticator {
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
