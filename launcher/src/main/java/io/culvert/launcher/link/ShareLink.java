package io.culvert.launcher.link;

import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A share link: everything a client needs to reach one user of one inbound (ecosystem section 1.5). */
public sealed interface ShareLink permits VmessLink, VlessLink {

    /** The name that the client shows. */
    String name();

    /** A host name or an address, IPv6 without brackets. */
    String host();

    int port();

    UUID id();

    /** The transport as a client must speak it. */
    LinkTransport transport();

    /** TLS as a client must speak it, or null for none. */
    @Nullable
    ClientTls tls();

    /** The link itself. Holds the user's secret. */
    String text();

    /**
     * Reads a link of either kind.
     *
     * @throws IllegalArgumentException with the reason, in words for whoever wrote the link; it holds no secret
     */
    static ShareLink parse(String link) {
        String scheme = link.strip().toLowerCase(Locale.ROOT);
        if (scheme.startsWith(VmessLink.SCHEME)) {
            return VmessLink.parse(link.strip());
        }
        if (scheme.startsWith(VlessLink.SCHEME)) {
            return VlessLink.parse(link.strip());
        }
        throw new IllegalArgumentException("a share link begins with vmess:// or vless://");
    }

    /**
     * TLS from the client's side.
     *
     * @param serverName the SNI, empty for the host's
     * @param pin SHA-256 of the server's certificate in lower-case hex, empty for none
     * @param allowInsecure whether clients that know no pins must skip the check of the certificate
     * @param alpn what to offer, empty for what is usual with the transport
     */
    record ClientTls(String serverName, String pin, boolean allowInsecure, List<String> alpn) {
        public ClientTls {
            alpn = List.copyOf(alpn);
        }

        public ClientTls(String serverName, String pin, boolean allowInsecure) {
            this(serverName, pin, allowInsecure, List.of());
        }
    }
}
