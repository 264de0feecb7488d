package io.culvert.router.rule;

import io.culvert.model.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The lists that are known without a file: {@code geoip:private} alone (wire-formats section 17.2). */
public final class BuiltInGeo implements GeoSource {
    private static final String PRIVATE = "geoip:private";

    private static final List<Cidr> PRIVATE_NETWORKS = parseAll(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "255.255.255.255/32",
            "::/128",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
            "ff00::/8");

    @Override
    public List<Cidr> networks(String entry) {
        if (entry.toLowerCase(Locale.ROOT).equals(PRIVATE)) {
            return PRIVATE_NETWORKS;
        }
        throw new IllegalArgumentException("no such list: " + entry);
    }

    @Override
    public List<DomainEntry> domains(String entry) {
        throw new IllegalArgumentException("no such list: " + entry);
    }

    private static List<Cidr> parseAll(String... networks) {
        List<Cidr> all = new ArrayList<>();
        for (String network : networks) {
            all.add(Cidr.parse(network));
        }
        return List.copyOf(all);
    }
}
