package io.culvert.config.reader;

import io.culvert.model.Address;
import io.culvert.model.IpLiterals;
import java.net.IDN;
import org.jspecify.annotations.Nullable;

/** Hosts as an operator writes them: V2Ray takes any text that is not an IP address for a domain. */
final class Hosts {
    /** Stands where no host could be reached anyway; reserved by RFC 2606. */
    private static final Address.Domain NOWHERE = new Address.Domain("invalid");

    private Hosts() {}

    /** The text without the brackets of IPv6 and without white space around it. */
    static String bare(String text) {
        String bare = text.strip();
        return bare.length() > 1 && bare.startsWith("[") && bare.endsWith("]")
                ? bare.substring(1, bare.length() - 1).strip()
                : bare;
    }

    /** The IP address that a text is, or null. */
    static Address.@Nullable Ip ip(String text) {
        byte[] raw = IpLiterals.parse(bare(text));
        return raw == null ? null : Address.ofIp(raw);
    }

    /** An IP address or a domain, a domain in other scripts in its ASCII form; null where the text can be neither. */
    static @Nullable Address parse(String text) {
        String bare = bare(text);
        Address ip = ip(bare);
        if (ip != null) {
            return ip;
        }
        if (Address.isDomain(bare)) {
            return new Address.Domain(bare);
        }
        if (bare.isEmpty() || bare.length() > Address.MAX_DOMAIN_LENGTH) {
            return null;
        }
        try {
            String ascii = IDN.toASCII(bare);
            return Address.isDomain(ascii) ? new Address.Domain(ascii) : null;
        } catch (IllegalArgumentException e) {
            return null; // not a name in any script
        }
    }

    /**
     * A host that is dialled. V2Ray accepts any text here and fails at the first session; so such a text does not make
     * the configuration wrong, but it cannot be run.
     */
    static Address dialled(Json.Text text, Report report) {
        Address address = parse(text.value());
        if (address == null) {
            report.unusable(
                    text.spot(),
                    Words.quoted(text.value()) + " is neither a host name nor an IP address; it cannot be dialled");
            return NOWHERE;
        }
        return address;
    }
}
