package io.culvert.model;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * IP addresses as text: IPv6 in the one form of RFC 5952, where the JDK writes all eight groups, and adds a zone of 0 to addresses
 * that came out of some system calls.
 */
public final class IpText {
    private static final int GROUPS = 8;

    private IpText() {}

    /** {@code 192.0.2.1}, {@code 2001:db8::1}, {@code fe80::1%eth0}; without brackets. */
    public static String of(InetAddress address) {
        return address instanceof Inet6Address v6
                ? appendV6(new StringBuilder(48), v6, true).toString()
                : address.getHostAddress();
    }

    /** {@link #of(InetAddress)} without a zone, which means nothing beyond this machine. */
    static String withoutZone(InetAddress address) {
        return address instanceof Inet6Address v6
                ? appendV6(new StringBuilder(40), v6, false).toString()
                : address.getHostAddress();
    }

    /** {@code 192.0.2.1:80}, {@code [2001:db8::1]:80}; a name that was not resolved stands as it is. */
    public static String of(InetSocketAddress address) {
        StringBuilder text = new StringBuilder(56);
        @Nullable InetAddress ip = address.getAddress();
        if (ip instanceof Inet6Address v6) {
            appendV6(text.append('['), v6, true).append(']');
        } else {
            text.append(ip == null ? address.getHostString() : ip.getHostAddress());
        }
        return text.append(':').append(address.getPort()).toString();
    }

    private static StringBuilder appendV6(StringBuilder text, Inet6Address address, boolean zone) {
        byte[] raw = address.getAddress();
        int gap = -1;
        int gapLength = 1;
        // The longest run of zero groups is left out, the first of equal ones, and never a single group.
        for (int i = 0; i < GROUPS; i++) {
            int run = 0;
            while (i + run < GROUPS && group(raw, i + run) == 0) {
                run++;
            }
            if (run > gapLength) {
                gap = i;
                gapLength = run;
            }
            i += run;
        }
        for (int i = 0; i < GROUPS; i++) {
            if (i == gap) {
                text.append("::");
                i += gapLength - 1;
            } else {
                if (i > 0 && (gap < 0 || i != gap + gapLength)) {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(raw, i)));
            }
        }
        return zone ? appendZone(text, address) : text;
    }

    private static StringBuilder appendZone(StringBuilder text, Inet6Address address) {
        if (address.getScopedInterface() != null) {
            return text.append('%').append(address.getScopedInterface().getName());
        }
        return address.getScopeId() > 0 ? text.append('%').append(address.getScopeId()) : text;
    }

    private static int group(byte[] raw, int index) {
        return ((raw[2 * index] & 0xff) << 8) | (raw[2 * index + 1] & 0xff);
    }
}
