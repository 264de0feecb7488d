package io.culvert.admin;

import java.nio.file.Path;
import java.util.Set;

/**
 * How the admin server is reached.
 *
 * @param host the address to listen on; loopback unless the operator says otherwise
 * @param port 0 for any free one
 * @param version the version that {@code /hello} names
 * @param tokenFile holds the bearer token of {@code /api}; made, mode 600, where it does not exist
 * @param hosts further names that a request's Host header may have, besides {@code localhost} and the addresses of
 *     loopback and {@code host}: a web page under a foreign name that resolves to this machine is refused
 */
public record AdminOptions(String host, int port, String version, Path tokenFile, Set<String> hosts) {
    public AdminOptions {
        hosts = Set.copyOf(hosts);
    }
}
