package io.culvert.model;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * A network.
 *
 * @param address any address in it; an IPv4-mapped IPv6 address is IPv4
 * @param prefixLength 0 to 32, or 0 to 128 for IPv6
 */
public record Cidr(InetAddress address, int prefixLength) {
    public Cidr {
        int bits = address.getAddress().length * 8;
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException("prefix length: " + prefixLength + " (expected: 0 to " + bits + ")");
        }
    }

    /**
     * Reads an address, or an address and a prefix length behind a slash.
     *
     * @throws IllegalArgumentException where the text is neither
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        byte[] raw = IpLiterals.parse(slash < 0 ? text : text.substring(0, slash));
        if (raw == null) {
            throw new IllegalArgumentException("not an IP address or network: " + text);
        }
        InetAddress address = Address.ofIp(raw).value();
        if (slash < 0) {
            return new Cidr(address, address.getAddress().length * 8);
        }
        try {
            return new Cidr(address, Integer.parseInt(text.substring(slash + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not an IP address or network: " + text, e);
        }
    }

    /** Whether an address lies in the network; one of the other family never does. */
    public boolean contains(InetAddress other) {
        byte[] network = address.getAddress();
        byte[] raw = other.getAddress();
        if (raw.length != network.length) {
            return false;
        }
        int whole = prefixLength / Byte.SIZE;
        int rest = prefixLength % Byte.SIZE;
        return Arrays.equals(network, 0, whole, raw, 0, whole)
                && (rest == 0 || ((network[whole] ^ raw[whole]) & 0xFF) >>> (Byte.SIZE - rest) == 0);
    }

    @Override
    public String toString() {
        return new Address.Ip(address).text() + "/" + prefixLength;
    }
}
