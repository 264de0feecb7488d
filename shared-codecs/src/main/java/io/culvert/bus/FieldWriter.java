package io.culvert.bus;

import io.culvert.model.Address;
import io.culvert.model.ConfigVersion;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.model.Ticket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Appends the fields of a message, up to a limit. */
final class FieldWriter {
    static final int ADDRESS_V4 = 1;
    static final int ADDRESS_NAME = 2;
    static final int ADDRESS_V6 = 3;
    static final int NETWORK_TCP = 1;
    static final int NETWORK_UDP = 2;

    private static final int USUAL_BYTES = 256;

    private final int maxBytes;
    private byte[] bytes = new byte[USUAL_BYTES];
    private int length;

    FieldWriter(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    void u8(int value) {
        room(1);
        bytes[length++] = (byte) value;
    }

    void u16(int value) {
        u8(value >> 8);
        u8(value);
    }

    void i32(int value) {
        u16(value >> 16);
        u16(value);
    }

    void i64(long value) {
        i32((int) (value >> 32));
        i32((int) value);
    }

    void flag(boolean value) {
        u8(value ? 1 : 0);
    }

    void text(String value) {
        // Checked before the bytes are made: a text of many megabytes costs nothing here.
        if (value.length() > maxBytes) {
            throw tooLong();
        }
        raw(value.getBytes(StandardCharsets.UTF_8), true);
    }

    /** A text that may be longer than 65,535 bytes. */
    void longText(String value) {
        if (value.length() > maxBytes) {
            throw tooLong();
        }
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        i32(utf8.length);
        raw(utf8, false);
    }

    void optionalText(@Nullable String value) {
        flag(value != null);
        if (value != null) {
            text(value);
        }
    }

    void destination(Destination value) {
        u8(
                switch (value.network()) {
                    case Network.TCP -> NETWORK_TCP;
                    case Network.UDP -> NETWORK_UDP;
                });
        switch (value.address()) {
            case Address.Domain(String name) -> {
                u8(ADDRESS_NAME);
                text(name);
            }
            case Address.Ip(InetAddress ip) -> ip(ip);
        }
        u16(value.port());
    }

    /** A socket address; an unresolved one by its name, which an ingress uses for clients without an IP address. */
    void socketAddress(InetSocketAddress value) {
        InetAddress ip = value.getAddress();
        if (ip == null) {
            u8(ADDRESS_NAME);
            text(value.getHostString());
        } else {
            ip(ip);
        }
        u16(value.getPort());
    }

    void ticket(Ticket value) {
        raw(value.toBytes(), false);
    }

    void config(ConfigVersion value) {
        i64(value.epoch());
        i64(value.millis());
        i64(value.digest());
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void ip(InetAddress value) {
        byte[] raw = value.getAddress();
        u8(raw.length == 4 ? ADDRESS_V4 : ADDRESS_V6);
        raw(raw, false);
    }

    private void raw(byte[] value, boolean withLength) {
        if (withLength) {
            room(2 + value.length);
            u16(value.length);
        }
        room(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
    }

    private void room(int more) {
        int needed = length + more;
        if (needed > maxBytes) {
            throw tooLong();
        }
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(maxBytes, Math.max(needed, 2 * bytes.length)));
        }
    }

    private BusFormatException tooLong() {
        return new BusFormatException("message of more than " + maxBytes + " bytes");
    }
}
