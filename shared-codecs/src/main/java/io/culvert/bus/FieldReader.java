package io.culvert.bus;

import io.culvert.model.Address;
import io.culvert.model.ConfigVersion;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.model.Ticket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Takes the fields of a message. Nothing is allocated from a length before that many bytes are known to be there. */
final class FieldReader {
    private final byte[] bytes;
    private int at;
    private int version;

    FieldReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Takes the first byte, which says in which version the message was written. */
    int version() throws BadFieldException {
        version = u8();
        return version;
    }

    /** Whether the message has the fields that a version has appended. */
    boolean since(int appended) {
        return version >= appended;
    }

    int remaining() {
        return bytes.length - at;
    }

    int u8() throws BadFieldException {
        need(1);
        return bytes[at++] & 0xff;
    }

    int u16() throws BadFieldException {
        return (u8() << 8) | u8();
    }

    int i32() throws BadFieldException {
        return (u16() << 16) | u16();
    }

    long i64() throws BadFieldException {
        return ((long) i32() << 32) | (i32() & 0xffff_ffffL);
    }

    /** A number that is never negative. */
    int count() throws BadFieldException {
        int value = i32();
        if (value < 0) {
            throw new BadFieldException("negative number");
        }
        return value;
    }

    /** A duration in milliseconds, never negative. */
    long millis() throws BadFieldException {
        long value = i64();
        if (value < 0) {
            throw new BadFieldException("negative duration");
        }
        return value;
    }

    boolean flag() throws BadFieldException {
        int value = u8();
        if (value > 1) {
            throw new BadFieldException("flag that is neither 0 nor 1");
        }
        return value == 1;
    }

    String text() throws BadFieldException {
        return text(u16());
    }

    /** A text that may be longer than 65,535 bytes. */
    String longText() throws BadFieldException {
        return text(count());
    }

    private String text(int length) throws BadFieldException {
        need(length);
        ByteBuffer utf8 = ByteBuffer.wrap(bytes, at, length);
        at += length;
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new BadFieldException("text that is not UTF-8");
        }
    }

    @Nullable
    String optionalText() throws BadFieldException {
        return flag() ? text() : null;
    }

    Destination destination() throws BadFieldException {
        Network network = switch (u8()) {
            case FieldWriter.NETWORK_TCP -> Network.TCP;
            case FieldWriter.NETWORK_UDP -> Network.UDP;
            default -> throw new BadFieldException("unknown network");
        };
        int kind = u8();
        Address address;
        if (kind == FieldWriter.ADDRESS_NAME) {
            String name = text();
            if (!Address.isDomain(name)) {
                throw new BadFieldException("domain with characters that no domain has");
            }
            address = new Address.Domain(name);
        } else {
            address = new Address.Ip(ip(kind));
        }
        return new Destination(network, address, u16());
    }

    InetSocketAddress socketAddress() throws BadFieldException {
        int kind = u8();
        if (kind == FieldWriter.ADDRESS_NAME) {
            String name = text();
            return InetSocketAddress.createUnresolved(name, u16());
        }
        InetAddress ip = ip(kind);
        return new InetSocketAddress(ip, u16());
    }

    Ticket ticket() throws BadFieldException {
        need(Ticket.BYTES);
        Ticket value = Ticket.of(Arrays.copyOfRange(bytes, at, at + Ticket.BYTES));
        at += Ticket.BYTES;
        return value;
    }

    ConfigVersion config() throws BadFieldException {
        return new ConfigVersion(i64(), i64(), i64());
    }

    private InetAddress ip(int kind) throws BadFieldException {
        int length = switch (kind) {
            case FieldWriter.ADDRESS_V4 -> 4;
            case FieldWriter.ADDRESS_V6 -> 16;
            default -> throw new BadFieldException("unknown address type");
        };
        need(length);
        byte[] raw = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        try {
            return InetAddress.getByAddress(raw);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + length + " bytes", e);
        }
    }

    private void need(int count) throws BadFieldException {
        if (count > remaining()) {
            throw new BadFieldException("message ends within a field");
        }
    }

    /** Leaves the reading of a message; stackless, and never seen outside of this package. */
    static final class BadFieldException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String reason;

        BadFieldException(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }
}
