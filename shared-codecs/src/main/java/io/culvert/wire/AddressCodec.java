package io.culvert.wire;

import io.culvert.model.Address;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The address forms of the protocols (wire-formats section 2.1). Ports are not part of it: the protocols put them on
 * different sides.
 */
public enum AddressCodec {
    /** VMess, VLESS and Mux.Cool: 1 IPv4, 2 domain, 3 IPv6. */
    V2RAY(1, 2, 3),
    /** SOCKS5 and Trojan: 1 IPv4, 3 domain, 4 IPv6. */
    SOCKS(1, 3, 4);

    private final int v4;
    private final int domain;
    private final int v6;

    AddressCodec(int v4, int domain, int v6) {
        this.v4 = v4;
        this.domain = domain;
        this.v6 = v6;
    }

    /**
     * Reads type and address. Takes nothing from the buffer unless the address is whole.
     *
     * @return the address, more needed, or malformed for an unknown type, an empty domain or one with foreign characters
     */
    public Decoded<Address> read(ByteBuf in) {
        int readable = in.readableBytes();
        if (readable < 1) {
            return Decoded.needMore();
        }
        int start = in.readerIndex();
        int type = in.getUnsignedByte(start);
        if (type == v4) {
            return readIp(in, readable, 4);
        }
        if (type == v6) {
            return readIp(in, readable, 16);
        }
        if (type != domain) {
            return Decoded.malformed("unknown address type");
        }
        if (readable < 2) {
            return Decoded.needMore();
        }
        int length = in.getUnsignedByte(start + 1);
        if (length == 0) {
            return Decoded.malformed("empty domain");
        }
        if (readable < 2 + length) {
            return Decoded.needMore();
        }
        String text = in.toString(start + 2, length, StandardCharsets.ISO_8859_1);
        Address address;
        try {
            address = Address.parse(text);
        } catch (IllegalArgumentException e) {
            return Decoded.malformed("domain with characters that no domain has");
        }
        in.skipBytes(2 + length);
        return Decoded.complete(address);
    }

    private static Decoded<Address> readIp(ByteBuf in, int readable, int length) {
        if (readable < 1 + length) {
            return Decoded.needMore();
        }
        byte[] raw = new byte[length];
        in.skipBytes(1).readBytes(raw);
        return Decoded.complete(Address.ofIp(raw));
    }

    /** The bytes that {@link #write} takes for an address. */
    public int length(Address address) {
        return switch (address) {
            case Address.Domain(String name) -> 2 + name.length();
            case Address.Ip(var ip) -> 1 + ip.getAddress().length;
        };
    }

    /** Writes type and address. */
    public void write(ByteBuf out, Address address) {
        switch (address) {
            case Address.Domain(String name) -> {
                out.writeByte(domain);
                out.writeByte(name.length());
                out.writeCharSequence(name, StandardCharsets.US_ASCII);
            }
            case Address.Ip(var ip) -> {
                byte[] raw = ip.getAddress();
                out.writeByte(raw.length == 4 ? v4 : v6);
                out.writeBytes(raw);
            }
        }
    }
}
