package io.culvert.wire.vmess;

import io.culvert.crypto.Digests;
import io.culvert.crypto.VmessKdf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/** What is derived from a user's UUID alone (wire-formats sections 3.1 and 3.5). */
final class VmessIds {
    static final int LENGTH = 16;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final byte[] COMMAND_KEY_SALT = ascii("c48619fe-8f02-49e0-b9e9-edf763e17e21");
    private static final byte[] NEXT_ID_SALT = ascii("16167dc8-16b6-4e6d-b8bb-65dd68113a81");
    private static final byte[] NEXT_ID_AGAIN = ascii("533eff8a-4113-4b10-b5ce-0f5d76b98cd2");

    private VmessIds() {}

    /** The 16 bytes of a UUID in the order of its text. */
    static byte[] bytes(UUID id) {
        byte[] bytes = new byte[LENGTH];
        putLong(bytes, 0, id.getMostSignificantBits());
        putLong(bytes, 8, id.getLeastSignificantBits());
        return bytes;
    }

    static UUID uuid(byte[] data, int at) {
        return new UUID(getLong(data, at), getLong(data, at + 8));
    }

    /** The key of everything in a header, 16 bytes. */
    static byte[] commandKey(UUID id) {
        return Digests.md5(bytes(id), COMMAND_KEY_SALT);
    }

    /** The key of the AuthID's block, 16 bytes. */
    static byte[] authIdKey(byte[] commandKey) {
        return VmessKdf.key(commandKey, VmessKdf.AUTH_ID_KEY);
    }

    /** The alternative IDs in the order of their chain, 16 bytes each. */
    static byte[][] alternatives(UUID id, int count) {
        byte[][] chain = new byte[count][];
        byte[] last = bytes(id);
        for (int i = 0; i < count; i++) {
            byte[] next = Digests.md5(last, NEXT_ID_SALT);
            if (Arrays.equals(next, last)) {
                next = Digests.md5(last, NEXT_ID_SALT, NEXT_ID_AGAIN);
            }
            chain[i] = next;
            last = next;
        }
        return chain;
    }

    static void putLong(byte[] data, int at, long value) {
        LONGS.set(data, at, value);
    }

    static long getLong(byte[] data, int at) {
        return (long) LONGS.get(data, at);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
