package io.culvert.config;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code streamSettings.security}. */
public sealed interface SecuritySettings {

    record None() implements SecuritySettings {}

    /**
     * TLS (wire-formats section 14.2).
     *
     * @param serverName the name a client asks for and checks, or null for the destination's
     * @param alpn what is offered or accepted; empty for the transport's default
     * @param allowInsecure a client checks nothing
     * @param disableSystemRoot a client trusts only the certificates given here
     * @param sessionResumption whether a session may be resumed by a ticket
     * @param restrictions what is allowed of TLS and trusted of a server, beyond the usual
     */
    record Tls(
            @Nullable String serverName,
            List<String> alpn,
            boolean allowInsecure,
            boolean disableSystemRoot,
            boolean sessionResumption,
            List<Certificate> certificates,
            TlsRestrictions restrictions)
            implements SecuritySettings {
        public Tls {
            alpn = List.copyOf(alpn);
            certificates = List.copyOf(certificates);
        }

        /** Without restrictions. */
        public Tls(
                @Nullable String serverName,
                List<String> alpn,
                boolean allowInsecure,
                boolean disableSystemRoot,
                boolean sessionResumption,
                List<Certificate> certificates) {
            this(
                    serverName,
                    alpn,
                    allowInsecure,
                    disableSystemRoot,
                    sessionResumption,
                    certificates,
                    TlsRestrictions.NONE);
        }

        /** Whether a client compares the server's name with those of its certificate. */
        public boolean checksName() {
            return !allowInsecure && restrictions.pinnedCertificates().isEmpty();
        }

        /**
         * These settings for a transport whose handshake is HTTP/1.1: a connection that negotiates h2 could not be upgraded
         * (section 14.2).
         */
        public Tls withoutHttp2() {
            List<String> kept = alpn.stream().filter(one -> !one.equals("h2")).toList();
            return new Tls(
                    serverName, kept, allowInsecure, disableSystemRoot, sessionResumption, certificates, restrictions);
        }
    }

    /**
     * Less than TLS allows, and servers whose certificate is known. Hashes are SHA-256 in lower-case hexadecimal digits.
     *
     * @param tls12 whether version 1.2 may be negotiated
     * @param tls13 whether version 1.3 may be
     * @param cipherSuites those of 1.2, by their names in RFCs; empty for the usual ones
     * @param pinnedChains hashes of chains, one of which a server must present; the usual checks are made as well
     * @param pinnedCertificates hashes of servers' own certificates, one of which must be presented; nothing else is checked
     */
    record TlsRestrictions(
            boolean tls12,
            boolean tls13,
            List<String> cipherSuites,
            Set<String> pinnedChains,
            Set<String> pinnedCertificates) {
        public static final TlsRestrictions NONE = new TlsRestrictions(true, true, List.of(), Set.of(), Set.of());

        public TlsRestrictions {
            cipherSuites = List.copyOf(cipherSuites);
            pinnedChains = Set.copyOf(pinnedChains);
            pinnedCertificates = Set.copyOf(pinnedCertificates);
        }

        /** Whether a server is known by its certificate. */
        public boolean pins() {
            return !pinnedChains.isEmpty() || !pinnedCertificates.isEmpty();
        }
    }

    enum CertificateUsage {
        ENCIPHERMENT,
        VERIFY,
        ISSUE
    }

    /**
     * A certificate, from files or inline. Exactly one of file and PEM is given of each; the key may be absent where the
     * usage is VERIFY.
     *
     * @param certificatePem the PEM text, or null where it is in a file
     */
    record Certificate(
            CertificateUsage usage,
            @Nullable String certificateFile,
            @Nullable String certificatePem,
            @Nullable String keyFile,
            @Nullable String keyPem,
            Position position) {
        @Override
        public String toString() {
            return "Certificate[usage=" + usage + ", file=" + certificateFile + "]";
        }
    }
}
