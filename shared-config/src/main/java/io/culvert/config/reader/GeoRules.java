package io.culvert.config.reader;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.culvert.model.Address;
import java.net.Inet4Address;
import org.jspecify.annotations.Nullable;

/** Domain and IP entries of rules, name servers and static hosts (wire-formats section 17.2). */
final class GeoRules {
    /** The longest regular expression. */
    private static final int MAX_REGEXP_CHARS = 4_096;

    private final Report report;

    GeoRules(Report report) {
        this.report = report;
    }

    /** Checks a domain entry; an entry that needs a file is not supported yet. */
    void domain(Json.Text entry) {
        String text = entry.value();
        int colon = text.indexOf(':');
        String kind = colon < 0 ? "" : text.substring(0, colon);
        String value = text.substring(colon + 1);
        switch (kind) {
            case "geosite" -> {
                if (value.isEmpty() || value.startsWith("@")) {
                    report.error(entry.spot(), "empty listname in rule: " + Words.quoted(text));
                }
                report.unsupported(entry.spot(), "a list of domains (" + Words.quoted(text) + ")");
            }
            case "ext", "ext-domain" -> file(entry, value);
            case "regexp" -> regexp(entry, value);
            case "domain", "full", "keyword" -> {
                if (value.isEmpty()) {
                    report.error(entry.spot(), "empty " + kind + " type of rule: " + Words.quoted(text));
                }
            }
            case "dotless" -> {
                if (value.indexOf('.') >= 0) {
                    report.error(
                            entry.spot(), "substr in dotless rule should not contain a dot: " + Words.quoted(value));
                }
            }
            default -> {
                if (text.isEmpty()) {
                    report.warning(entry.spot(), "an empty entry matches every domain");
                }
            }
        }
    }

    private void regexp(Json.Text entry, String expression) {
        if (expression.isEmpty()) {
            report.error(entry.spot(), "empty regexp type of rule: \"regexp:\"");
        } else if (expression.length() > MAX_REGEXP_CHARS) {
            report.error(entry.spot(), "a regular expression of more than " + MAX_REGEXP_CHARS + " characters");
        } else {
            try {
                Pattern.compile(expression);
            } catch (PatternSyntaxException e) {
                report.error(
                        entry.spot(),
                        "not a regular expression: " + Words.quoted(expression) + ": "
                                + Words.shown(String.valueOf(e.getDescription()), 80));
            }
        }
    }

    private void file(Json.Text entry, String value) {
        int colon = value.indexOf(':');
        boolean two = colon > 0 && colon < value.length() - 1 && value.indexOf(':', colon + 1) < 0;
        if (!two) {
            report.error(
                    entry.spot(),
                    "invalid external resource: " + Words.quoted(entry.value()) + "; expected \"ext:file:list\"");
        }
        report.unsupported(entry.spot(), "a list of a file (" + Words.quoted(entry.value()) + ")");
    }

    /**
     * Checks an IP entry.
     *
     * @return the entry in plain form ({@code 10.0.0.0/8}, {@code geoip:cn}), or null where it is wrong
     */
    @Nullable
    String ip(Json.Text entry) {
        String text = entry.value();
        if (text.startsWith("geoip:")) {
            if (text.length() == "geoip:".length()) {
                report.error(entry.spot(), "empty country name in rule");
            }
            // The private networks are built in; every other list is in a file.
            if (!text.equalsIgnoreCase("geoip:private")) {
                report.unsupported(entry.spot(), "a list of addresses (" + Words.quoted(text) + ")");
            }
            return text;
        }
        if (text.startsWith("ext:") || text.startsWith("ext-ip:")) {
            file(entry, text.substring(text.indexOf(':') + 1));
            return text;
        }
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        String mask = slash < 0 ? "" : text.substring(slash + 1);
        Address.Ip ip = Hosts.ip(host);
        if (ip == null) {
            report.error(
                    entry.spot(),
                    "invalid IP: " + Words.quoted(text) + "; expected an address, a network such as 10.0.0.0/8,"
                            + " \"geoip:…\" or \"ext:file:list\"");
            return null;
        }
        if (mask.isEmpty()) {
            return ip.text();
        }
        int most = ip.value() instanceof Inet4Address ? 32 : 128;
        Long bits = mask.startsWith("-") ? null : Fields.integer(mask);
        if (bits == null || bits > most) {
            report.error(
                    entry.spot(), "invalid network mask for router: " + Words.quoted(mask) + "; expected 0 to " + most);
            return null;
        }
        return ip.text() + "/" + bits;
    }
}
