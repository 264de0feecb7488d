package io.culvert.model;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A host as a client or an operator named it: a domain, or an IP address. Never resolved here. */
public sealed interface Address {

    /** The longest domain that any of the protocols can carry, in bytes. */
    int MAX_DOMAIN_LENGTH = 255;

    /** @param name 1 to 255 characters of {@code 0-9 A-Z a-z - . _}, in the case it was given in */
    record Domain(String name) implements Address {
        public Domain {
            if (!isDomain(name)) {
                throw new IllegalArgumentException("not a domain name: " + name);
            }
        }

        @Override
        public String text() {
            return name;
        }

        /** The name in lower case and without the trailing dot, as rules compare it. */
        public String canonical() {
            String lower = name.toLowerCase(Locale.ROOT);
            return lower.length() > 1 && lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
        }
    }

    /** @param value an address without a host name; an IPv4-mapped IPv6 address is always given as IPv4 */
    record Ip(InetAddress value) implements Address {
        @Override
        public String text() {
            return IpText.withoutZone(value);
        }
    }

    /** The host as text, an IPv6 address as RFC 5952 has it and without brackets. */
    String text();

    /** The host as it stands in front of a port: IPv6 in brackets. */
    default String hostText() {
        return this instanceof Ip(Inet6Address v6) && v6.getAddress().length == 16 ? "[" + text() + "]" : text();
    }

    /**
     * An address from raw bytes.
     *
     * @param raw 4 or 16 bytes; an IPv4-mapped IPv6 address becomes IPv4 (wire-formats section 2.1)
     */
    static Ip ofIp(byte[] raw) {
        try {
            return new Ip(InetAddress.getByAddress(raw));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an IP address has 4 or 16 bytes, not " + raw.length, e);
        }
    }

    /**
     * Reads text as the protocols do (wire-formats section 2.1): an IP literal, where it is one (IPv6 may stand in
     * brackets), else a domain.
     *
     * @throws IllegalArgumentException where the text is neither
     */
    static Address parse(String text) {
        Ip ip = literal(text);
        return ip != null ? ip : new Domain(text);
    }

    /** Reads an IP literal as {@link #parse} does; null where the text is none. */
    static @Nullable Ip literal(String text) {
        byte[] ip = IpLiterals.parse(text);
        return ip == null ? null : ofIp(ip);
    }

    /** Whether a text is 1 to 255 characters long and holds only characters that a domain may have. */
    static boolean isDomain(String text) {
        if (text.isEmpty() || text.length() > MAX_DOMAIN_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean fits = (c >= '0' && c <= '9')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= 'a' && c <= 'z')
                    || c == '-'
                    || c == '.'
                    || c == '_';
            if (!fits) {
                return false;
            }
        }
        return true;
    }
}
