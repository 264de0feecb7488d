package io.culvert.config.reader;

import org.jspecify.annotations.Nullable;

/** The {@code fallbacks} of VLESS and Trojan inbounds, checked as V2Ray checks them and in its words. */
final class Fallbacks {
    private Fallbacks() {}

    /** @param name VLESS or Trojan */
    static void check(Fields settings, String name, Report report) {
        if (settings.has("fallback")) {
            report.error(
                    settings.spotOf("fallback"),
                    name + " settings: please use \"fallbacks\":[{}] instead of \"fallback\":{}");
        }
        for (Fields one : settings.objects("fallbacks")) {
            one.text("alpn");
            one.text("name"); // Xray's: the server name
            String path = one.text("path");
            if (!path.isEmpty() && !path.startsWith("/")) {
                report.error(one.spotOf("path"), name + " fallbacks: \"path\" must be empty or start with \"/\"");
            }
            String type = one.text("type");
            Json dest = one.value("dest");
            if (type.isEmpty() && !isDestination(dest)) {
                report.error(
                        one.spotOf("dest"),
                        name
                                + " fallbacks: please fill in a valid value for every \"dest\": a port, \"host:port\", a path"
                                + " or \"@name\"");
            }
            Long xver = one.numberOrNull("xver", 0, Long.MAX_VALUE);
            if (xver != null && xver > 2) {
                report.error(
                        one.spotOf("xver"),
                        name + " fallbacks: invalid PROXY protocol version, \"xver\" only accepts 0, 1, 2");
            }
            one.finish();
        }
        if (!settings.list("fallbacks").isEmpty()) {
            report.unsupported(settings.spotOf("fallbacks"), "a fallback");
        }
    }

    private static boolean isDestination(@Nullable Json dest) {
        String text = switch (dest) {
            case Json.Num(Spot spot, String literal) -> Ports.port(literal) < 0 ? "" : literal;
            case Json.Text(Spot spot, String written) -> written;
            case null -> "";
            case Json.Arr _, Json.Obj _, Json.Bool _, Json.Nil _ -> "";
        };
        if (text.isEmpty()) {
            return false;
        }
        return text.startsWith("@")
                || text.startsWith("/")
                || text.equals("serve-ws-none")
                || Fields.integer(text) != null
                || HostPort.split(text) != null;
    }
}
