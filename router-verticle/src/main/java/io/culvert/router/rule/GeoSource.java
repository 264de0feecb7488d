package io.culvert.router.rule;

import io.culvert.model.Cidr;
import java.util.List;

/**
 * Where the named lists of rules come from: {@code geoip:}, {@code geosite:}, {@code ext:}, {@code ext-ip:} and {@code
 * ext-domain:} (wire-formats sections 17.2 and 17.3). Asked while a configuration is read into rules, never for a session.
 */
public interface GeoSource {

    /**
     * The networks of an entry of {@code ip} or {@code source}.
     *
     * @param entry as written, with its prefix
     * @throws IllegalArgumentException where there is no such list
     */
    List<Cidr> networks(String entry);

    /**
     * The entries of a list that stands among {@code domain}.
     *
     * @param entry as written, with its prefix
     * @throws IllegalArgumentException where there is no such list
     */
    List<DomainEntry> domains(String entry);

    /** Whether an entry of {@code ip} or {@code source} names a list. */
    static boolean isNetworkList(String entry) {
        return entry.startsWith("geoip:") || entry.startsWith("ext:") || entry.startsWith("ext-ip:");
    }

    /** Whether an entry of {@code domain} names a list. */
    static boolean isDomainList(String entry) {
        return entry.startsWith("geosite:") || entry.startsWith("ext:") || entry.startsWith("ext-domain:");
    }
}
