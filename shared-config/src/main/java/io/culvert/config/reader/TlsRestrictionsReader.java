package io.culvert.config.reader;

import io.culvert.config.SecuritySettings.TlsRestrictions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What {@code tlsSettings} of Xray and V2Ray 5 restrict: versions, cipher suites, and the certificates of servers. */
final class TlsRestrictionsReader {
    private static final List<String> VERSIONS = List.of("1.0", "1.1", "1.2", "1.3");
    private static final int TLS_1_2 = 2;
    private static final int TLS_1_3 = 3;
    private static final int HASH_BYTES = 32;

    private final Report report;

    TlsRestrictionsReader(Report report) {
        this.report = report;
    }

    TlsRestrictions read(Fields tls) {
        int lowest = version(tls, "minVersion", 0);
        int highest = version(tls, "maxVersion", TLS_1_3);
        if (highest < TLS_1_2 || lowest > highest) {
            report.error(tls.spotOf("maxVersion"), "no version of TLS is left: below 1.2 there is none here");
        }
        return new TlsRestrictions(
                lowest <= TLS_1_2,
                highest >= TLS_1_3,
                suites(tls),
                hashes(tls, "pinnedPeerCertificateChainSha256"),
                hashes(tls, "pinnedPeerCertSha256"));
    }

    private int version(Fields tls, String key, int otherwise) {
        String written = tls.text(key);
        int version = VERSIONS.indexOf(written);
        if (version < 0 && !written.isEmpty()) {
            report.error(
                    tls.spotOf(key),
                    Words.quoted(written) + " is no version of TLS" + Words.didYouMean(written, VERSIONS));
        }
        return version < 0 ? otherwise : version;
    }

    private static List<String> suites(Fields tls) {
        List<String> suites = new ArrayList<>();
        for (String suite : tls.text("cipherSuites").split(":", -1)) {
            if (!suite.isBlank()) {
                suites.add(suite.strip());
            }
        }
        return suites;
    }

    /** V2Ray writes a list in base64, Xray one text of hexadecimal digits; either is read in either place. */
    private Set<String> hashes(Fields tls, String key) {
        Set<String> hashes = new HashSet<>();
        for (Json.Text one : tls.has(key) ? tls.texts(key) : List.<Json.Text>of()) {
            for (String written : one.value().split("~", -1)) {
                String hash = hash(written.strip());
                if (!hash.isEmpty()) {
                    hashes.add(hash);
                } else if (!written.isBlank()) {
                    report.error(one.spot(), "no SHA-256 hash; expected 64 hexadecimal digits, or 44 of base64");
                }
            }
        }
        return hashes;
    }

    /** In lower-case hexadecimal digits; empty where it is no hash. */
    private static String hash(String written) {
        String digits = written.replace(":", "").toLowerCase(Locale.ROOT);
        if (digits.length() == 2 * HASH_BYTES) {
            return digits.chars().allMatch(HexFormat::isHexDigit) ? digits : "";
        }
        try {
            byte[] raw = Base64.getDecoder().decode(written);
            return raw.length == HASH_BYTES ? HexFormat.of().formatHex(raw) : "";
        } catch (IllegalArgumentException _) {
            return "";
        }
    }
}
