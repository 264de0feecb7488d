package io.culvert.config.reader;

import io.culvert.config.PortRange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The forms of ports (peers section 5): {@code 443}, {@code "443"}, {@code "1000-1003"}, {@code "env:NAME"}. */
final class Ports {
    private static final int MAX_PORT = 65_535;
    private static final String FORMS = "a port from 0 to 65535, \"1000-1003\" or \"env:NAME\"";
    /** What an empty list stands for where V2Ray lets it match nothing. */
    private static final PortRange NOTHING = new PortRange(1, 0);
    /** How many ranges a list may hold. */
    private static final int MAX_RANGES = 10_000;

    private final Environment environment;
    private final Report report;

    Ports(Environment environment, Report report) {
        this.environment = environment;
        this.report = report;
    }

    /** The port or the one range of an inbound; null where it is wrong, which is reported. */
    @Nullable
    PortRange range(Json value) {
        if (value instanceof Json.Num(Spot spot, String literal)) {
            Long port = Fields.integer(literal);
            return port == null ? wrong(value, literal) : single(value, literal);
        }
        if (!(value instanceof Json.Text(Spot spot, String text))) {
            report.error(value.spot(), "expected " + FORMS + ", found " + value.kind());
            return null;
        }
        PortRange range = parse(value, text);
        if (range != null && range.size() == 0) {
            report.error(
                    spot, "invalid port range " + range.from() + " -> " + range.to() + ": it ends before it begins");
            return null;
        }
        return range;
    }

    /** The ports of a rule; also {@code "53,443,1000-1003"}. Reversed ranges and an empty list match nothing. */
    List<PortRange> list(Json value) {
        if (value instanceof Json.Num(Spot spot, String literal)) {
            PortRange port = single(value, literal);
            return port == null || port.from() == 0 ? List.of(NOTHING) : List.of(port);
        }
        if (!(value instanceof Json.Text(Spot spot, String text))) {
            report.error(value.spot(), "expected " + FORMS + ", or several with commas; found " + value.kind());
            return List.of(NOTHING);
        }
        List<PortRange> ranges = new ArrayList<>();
        String[] parts = text.split(",", MAX_RANGES + 1);
        if (parts.length > MAX_RANGES) {
            report.error(spot, "more than " + MAX_RANGES + " port ranges, the limit");
            return List.of(NOTHING);
        }
        for (String part : parts) {
            PortRange range = part.isBlank() ? null : parse(value, part.strip());
            if (range != null) {
                ranges.add(range);
            }
        }
        return ranges.isEmpty() ? List.of(NOTHING) : ranges;
    }

    private @Nullable PortRange parse(Json value, String written) {
        String text = written;
        if (written.startsWith("env:")) {
            String found = environment.variable(written.substring(4));
            if (found == null) {
                report.error(
                        value.spot(), "the environment variable " + Words.quoted(written.substring(4)) + " is not set");
                return null;
            }
            text = found.strip();
        }
        int dash = text.indexOf('-');
        if (dash < 0) {
            return single(value, text);
        }
        int from = port(text.substring(0, dash));
        int to = port(text.substring(dash + 1));
        return from < 0 || to < 0 ? wrong(value, text) : new PortRange(from, to);
    }

    private @Nullable PortRange single(Json value, String text) {
        int port = port(text);
        return port < 0 ? wrong(value, text) : new PortRange(port, port);
    }

    private @Nullable PortRange wrong(Json value, String text) {
        report.error(value.spot(), "invalid port range: " + Words.quoted(text) + "; expected " + FORMS);
        return null;
    }

    /** A port, or -1 where the text is none. */
    static int port(String text) {
        if (text.isEmpty() || text.length() > 10 || text.startsWith("-")) {
            return -1;
        }
        Long port = Fields.integer(text);
        return port == null || port > MAX_PORT ? -1 : port.intValue();
    }
}
