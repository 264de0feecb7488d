package io.culvert.wire.vmess;

import io.culvert.crypto.AesBlock;
import java.util.List;
import java.util.zip.CRC32;
import javax.crypto.Cipher;

/**
 * Finds the user whose key opens an AuthID (wire-formats section 3.5). There is no index into ciphertext, so a stranger's 16 bytes
 * cost one AES block for each user. The ciphers stay keyed: some 20 ns and 0.7 KiB a user, so 10,000 users cost a probe 0.2 ms and
 * each event loop 7 MiB. The users found last are tried first, so that a busy user is found at once among any number. To be used by one
 * thread.
 */
final class AuthIdLookup {
    /** How many of the users found last are tried first. */
    static final int RECENT = 64;

    /** No user's key fits. */
    static final int UNKNOWN = -1;

    /** A user's key fits, but the time is outside the window. */
    static final int UNTIMELY = -2;

    /** Where a time lies that tells a wrong clock from noise: within ten years. */
    private static final long PLAUSIBLE_SECONDS = 315_360_000L;

    private final Cipher[] ciphers;
    private final int[] recent = new int[RECENT];
    private int recentCount;
    private final byte[] plain = new byte[AesBlock.LENGTH];
    private final CRC32 crc = new CRC32();
    private long time;

    AuthIdLookup(List<VmessUsers.Entry> users) {
        ciphers = new Cipher[users.size()];
        for (int i = 0; i < ciphers.length; i++) {
            ciphers[i] = AesBlock.cipher(Cipher.DECRYPT_MODE, users.get(i).keys().authId);
        }
    }

    /**
     * Looks for the user of an AuthID.
     *
     * @param authId 16 bytes
     * @param now Unix seconds
     * @return the user's place in the snapshot, {@link #UNKNOWN} or {@link #UNTIMELY}
     */
    int find(byte[] authId, long now) {
        boolean untimely = false;
        for (int i = 0; i < recentCount; i++) {
            int outcome = tryUser(recent[i], authId, now);
            if (outcome >= 0) {
                moveToFront(i, outcome);
                return outcome;
            }
            untimely |= outcome == UNTIMELY;
        }
        for (int user = 0; user < ciphers.length; user++) {
            int outcome = tryUser(user, authId, now);
            if (outcome >= 0) {
                moveToFront(recentCount < RECENT ? recentCount++ : RECENT - 1, outcome);
                return outcome;
            }
            untimely |= outcome == UNTIMELY;
        }
        return untimely ? UNTIMELY : UNKNOWN;
    }

    /** The time in the AuthID found last, Unix seconds. */
    long time() {
        return time;
    }

    private int tryUser(int user, byte[] authId, long now) {
        AesBlock.apply(ciphers[user], authId, plain);
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
