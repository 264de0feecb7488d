package io.culvert.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Accounts of a SOCKS or HTTP inbound. Immutable. A check takes the same steps for a known name, an unknown name and a
 * wrong password (reliability section 2a.5).
 *
 * @param <U> what an account stands for
 */
public final class PasswordTable<U> {
    private static final byte[] NO_PASSWORD = new byte[KeyedDigest.LENGTH];

    private final KeyedDigest digest;
    private final Map<ByteBuffer, Entry<U>> byName;

    private PasswordTable(KeyedDigest digest, Map<ByteBuffer, Entry<U>> byName) {
        this.digest = digest;
        this.byName = byName;
    }

    /**
     * A table of accounts.
     *
     * @param accounts by name; names and passwords are compared as UTF-8, without any normalisation
     * @param random a cryptographically strong source, for the key of the table
     */
    public static <U> PasswordTable<U> of(Map<String, Account<U>> accounts, RandomGenerator random) {
        KeyedDigest digest = new KeyedDigest(random);
        Map<ByteBuffer, Entry<U>> byName = HashMap.newHashMap(accounts.size());
        accounts.forEach((name, account) -> byName.put(
                ByteBuffer.wrap(digest.of(name.getBytes(StandardCharsets.UTF_8))),
                new Entry<>(digest.of(account.password.getBytes(StandardCharsets.UTF_8)), account.user)));
        return new PasswordTable<>(digest, byName);
    }

    /**
     * Checks what a client presented.
     *
     * @return the account's user, or null where the name is unknown or the password wrong
     */
    public @Nullable U check(byte[] name, byte[] password) {
        Entry<U> entry = byName.get(ByteBuffer.wrap(digest.of(name)));
        boolean same = MessageDigest.isEqual(entry == null ? NO_PASSWORD : entry.passwordDigest, digest.of(password));
        return same && entry != null ? entry.user : null;
    }

    /**
     * One account. Its text form hides the password.
     *
     * @param password may be empty
     * @param user what a successful check gives
     */
    public record Account<U>(String password, U user) {
        @Override
        public String toString() {
            return "Account[password=***, user=" + user + "]";
        }
    }

    /** Holds a digest, which is never compared as part of the record. */
    private static final class Entry<U> {
        private final byte[] passwordDigest;
        private final U user;

        Entry(byte[] passwordDigest, U user) {
            this.passwordDigest = passwordDigest;
            this.user = user;
        }
    }
}
