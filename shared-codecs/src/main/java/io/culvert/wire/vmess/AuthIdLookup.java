package io.culvert.wire.vmess;

import io.culvert.crypto.AesBlock;
import java.util.List;
import java.util.zip.CRC32;
import javax.crypto.Cipher;
import org.jspecify.annotations.Nullable;

/**
 * Finds the user whose key opens an AuthID (wire-formats section 3.5). There is no index into ciphertext, so a stranger's 16 bytes
 * cost one AES block for each user: some 20 ns with ciphers that stay keyed (0.7 KiB each, made when first used), 2 ms with 64,000
 * users. So a few likely ones can be tried alone: those that the caller names and those found last. To be used by one thread.
 */
final class AuthIdLookup {
    /** How many of the users found last are tried first. */
    static final int RECENT = 64;

    /** Nobody in particular. */
    static final int[] NOBODY = {};

    /** No user's key fits. */
    static final int UNKNOWN = -1;

    /** A user's key fits, but the time is outside the window. */
    static final int UNTIMELY = -2;

    /** Where a time lies that tells a wrong clock from noise: within ten years. */
    private static final long PLAUSIBLE_SECONDS = 315_360_000L;

    private final List<VmessUsers.Entry> users;
    private final @Nullable Cipher[] ciphers;
    private final int[] recent = new int[RECENT];
    private int recentCount;
    private final byte[] plain = new byte[AesBlock.LENGTH];
    private final CRC32 crc = new CRC32();
    private long time;

    AuthIdLookup(List<VmessUsers.Entry> users) {
        this.users = users;
        this.ciphers = new Cipher[users.size()];
    }

    /**
     * Looks for the user of an AuthID among all.
     *
     * @param authId 16 bytes
     * @param now Unix seconds
     * @return the user's place in the snapshot, {@link #UNKNOWN} or {@link #UNTIMELY}
     */
    int find(byte[] authId, long now) {
        int found = findLikely(NOBODY, authId, now);
        boolean untimely = found == UNTIMELY;
        for (int user = 0; user < ciphers.length && found < 0; user++) {
            found = tryUser(user, authId, now);
            untimely |= found == UNTIMELY;
            if (found >= 0) {
                used(found);
            }
        }
        return found < 0 && untimely ? UNTIMELY : found;
    }

    /**
     * Looks for the user of an AuthID among some and those found last.
     *
     * @param likely places in the snapshot
     * @return as {@link #find}; what is not found here may be anybody else's
     */
    int findLikely(int[] likely, byte[] authId, long now) {
        boolean untimely = false;
        for (int user : likely) {
            int outcome = tryUser(user, authId, now);
            if (outcome >= 0) {
                return outcome;
            }
            untimely |= outcome == UNTIMELY;
        }
        for (int i = 0; i < recentCount; i++) {
            int outcome = tryUser(recent[i], authId, now);
            if (outcome >= 0) {
                moveToFront(i, outcome);
                return outcome;
            }
            untimely |= outcome == UNTIMELY;
        }
        return untimely ? UNTIMELY : UNKNOWN;
    }

    /** Tells that a user was found that is not among those found last. */
    void used(int user) {
        moveToFront(recentCount < RECENT ? recentCount++ : RECENT - 1, user);
    }

    /** The time in the AuthID found last, Unix seconds. */
    long time() {
        return time;
    }

    private int tryUser(int user, byte[] authId, long now) {
        Cipher cipher = ciphers[user];
        if (cipher == null) {
            cipher = AesBlock.cipher(Cipher.DECRYPT_MODE, users.get(user).keys().authId);
            ciphers[user] = cipher;
        }
        AesBlock.apply(cipher, authId, plain);
        long claimed = VmessIds.getLong(plain, 0);
        // Nearly every wrong key ends here, before the checksum.
        if (claimed < 0 || claimed > now + PLAUSIBLE_SECONDS || claimed < now - PLAUSIBLE_SECONDS) {
            return UNKNOWN;
        }
        if (checksum(crc, plain) != checksumField(plain)) {
            return UNKNOWN;
        }
        if (!AuthId.timely(claimed, now)) {
            return UNTIMELY;
        }
        time = claimed;
        return user;
    }

    private void moveToFront(int from, int user) {
        System.arraycopy(recent, 0, recent, 1, from);
        recent[0] = user;
    }

    /** CRC-32 over time and random part. */
    static int checksum(CRC32 crc, byte[] plain) {
        crc.reset();
        crc.update(plain, 0, 12);
        return (int) crc.getValue();
    }

    private static int checksumField(byte[] plain) {
        return (int) VmessIds.getLong(plain, 8);
    }
}
