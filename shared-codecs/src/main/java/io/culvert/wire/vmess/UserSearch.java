package io.culvert.wire.vmess;

/**
 * The search for the user of an AuthID among all of a snapshot: some 35 ns for each, so for another thread than an event loop's where
 * there are thousands. Made by a {@link VmessRequestDecoder}, which waits for what is found.
 */
public final class UserSearch {
    private final VmessUsers users;
    private final byte[] authId;
    private final long now;

    UserSearch(VmessUsers users, byte[] authId, long now) {
        this.users = users;
        this.authId = authId;
        this.now = now;
    }

    /**
     * What was found.
     *
     * @param place of the user in the snapshot, or why there is none
     * @param time in the AuthID, where there is a user
     */
    public record Found(int place, long time) {
        /** Whether there is such a user. */
        public boolean isUser() {
            return place >= 0;
        }
    }

    /** Searches on the calling thread. Each thread that does so at once has ciphers of its own, 0.7 KiB a user. */
    public Found run() {
        return users.search(authId, now);
    }
}
