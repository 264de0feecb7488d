package io.culvert.wire.vless;

import io.culvert.wire.KeyedDigest;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The users of a VLESS inbound by their 16 bytes. Immutable. All 16 bytes count, as in 4.34.
 *
 * <p>The UUID is the only secret of VLESS and whoever connects may try one, so the table is searched by a keyed digest
 * and an unknown UUID is compared with a dummy (reliability section 2a.5). A look-up costs the same with one user and
 * with ten thousand.
 *
 * @param <U> what a UUID stands for
 */
public final class VlessUsers<U> {
    private static final byte[] DUMMY = new byte[KeyedDigest.LENGTH];

    private final KeyedDigest digest;
    private final Map<ByteBuffer, Entry<U>> byDigest;

    private VlessUsers(KeyedDigest digest, Map<ByteBuffer, Entry<U>> byDigest) {
        this.digest = digest;
        this.byDigest = byDigest;
    }

    /** @param random a cryptographically strong source, for the key of the table */
    public static <U> VlessUsers<U> of(Map<UUID, U> users, RandomGenerator random) {
        KeyedDigest digest = new KeyedDigest(random);
        Map<ByteBuffer, Entry<U>> byDigest = HashMap.newHashMap(users.size());
        users.forEach((id, user) -> {
            byte[] raw = ByteBuffer.allocate(16)
                    .putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits())
                    .array();
            byte[] own = digest.of(raw);
            byDigest.put(ByteBuffer.wrap(own), new Entry<>(own, user));
        });
        return new VlessUsers<>(digest, byDigest);
    }

    /**
     * Looks a user up.
     *
     * @param in left as it is
     * @param index where the 16 bytes start
     * @return the user, or null where there is none with that UUID
     */
    @Nullable
    U find(ByteBuf in, int index) {
        byte[] raw = new byte[16];
        in.getBytes(index, raw);
        byte[] probe = digest.of(raw);
        Entry<U> entry = byDigest.get(ByteBuffer.wrap(probe));
        boolean same = MessageDigest.isEqual(entry == null ? DUMMY : entry.digest, probe);
        return same && entry != null ? entry.user : null;
    }

    private static final class Entry<U> {
        private final byte[] digest;
        private final U user;

        Entry(byte[] digest, U user) {
            this.digest = digest;
            this.user = user;
        }
    }
}
