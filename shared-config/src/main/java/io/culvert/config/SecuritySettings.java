package io.culvert.config;

import java.util.List;
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
     * @param sessionResumption whether session tickets are used
     */
    record Tls(
            @Nullable String serverName,
            List<String> alpn,
            boolean allowInsecure,
            boolean disableSystemRoot,
            boolean sessionResumption,
            List<Certificate> certificates)
            implements SecuritySettings {
        public Tls {
            alpn = List.copyOf(alpn);
            certificates = List.copyOf(certificates);
        }

        /**
         * These settings for a transport whose handshake is HTTP/1.1: a connection that negotiates h2 could not be upgraded
         * (section 14.2).
         */
        public Tls withoutHttp2() {
            List<String> kept = alpn.stream().filter(one -> !one.equals("h2")).toList();
            return new Tls(serverName, kept, allowInsecure, disableSystemRoot, sessionResumption, certificates);
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
