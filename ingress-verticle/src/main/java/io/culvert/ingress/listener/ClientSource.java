package io.culvert.ingress.listener;

import java.net.InetAddress;

/**
 * What counts as one source of connections and datagrams: an IPv4 address, or an IPv6 prefix of 64 bits, which is the least that
 * one host is given. An IPv4-mapped address is the IPv4 address in it.
 *
 * @param bits the prefix, or the IPv4 address
 */
record ClientSource(boolean ipv6, long bits) {
    private static final int PREFIX_BYTES = 8;
    private static final int MAPPED_BYTES = 12;

    static ClientSource of(InetAddress address) {
        byte[] raw = address.getAddress();
        if (raw.length == 4) {
            return new ClientSource(false, bits(raw, 0, 4));
        }
        return isMapped(raw)
                ? new ClientSource(false, bits(raw, MAPPED_BYTES, raw.length))
                : new ClientSource(true, bits(raw, 0, PREFIX_BYTES));
    }

    private static boolean isMapped(byte[] raw) {
        return bits(raw, 0, PREFIX_BYTES) == 0 && bits(raw, PREFIX_BYTES, MAPPED_BYTES) == 0xFFFF;
    }

    private static long bits(byte[] raw, int from, int to) {
        long bits = 0;
        for (int i = from; i < to; i++) {
            bits = bits << Byte.SIZE | Byte.toUnsignedLong(raw[i]);
        }
        return bits;
    }
}
