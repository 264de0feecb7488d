package io.culvert.admin;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the admin server is reached.
 *
 * @param host the address to listen on; loopback unless the operator says otherwise
 * @param port 0 for any free one
 * @param version the version that {@code /hello} names
 * @param tokenFile holds the bearer token of {@code /api}; made, mode 600, where it does not exist
 * @param metricsTokenFile the same for {@code /metrics} alone, or null for none: who collects figures needs no more
 * @param hosts further names that a request's Host header may have, besides {@code localhost}, {@code host} and the addresses
 *     of this machine: a web page under a foreign name that resolves to this machine is refused
 */
public record AdminOptions(
        String host,
        int port,
        String version,
        Path tokenFile,
        @Nullable Path metricsTokenFile,
        Set<String> hosts) {
    public AdminOptions {
        hosts = Set.copyOf(hosts);
    }
}
