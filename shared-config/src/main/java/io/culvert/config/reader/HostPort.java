package io.culvert.config.reader;

import org.jspecify.annotations.Nullable;

/**
 * {@code host:port} as Go's library splits it: IPv6 in brackets, the host may be empty.
 *
 * @param host without brackets
 * @param port as written
 */
record HostPort(String host, String port) {
    /** The parts, or null where the text has not this form. */
    static @Nullable HostPort split(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            return null;
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[")) {
            if (!host.endsWith("]") || host.length() < 2) {
                return null;
            }
            host = host.substring(1, host.length() - 1);
            return host.indexOf('[') >= 0 || host.indexOf(']') >= 0
                    ? null
                    : new HostPort(host, text.substring(colon + 1));
        }
        if (host.indexOf(':') >= 0 || host.indexOf('[') >= 0 || host.indexOf(']') >= 0) {
            return null;
        }
        return new HostPort(host, text.substring(colon + 1));
    }
}
