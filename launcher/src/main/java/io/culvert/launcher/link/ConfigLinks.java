package io.culvert.launcher.link;

import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.PortRange;
import io.culvert.config.SecuritySettings;
import io.culvert.files.FileFaults;
import io.culvert.launcher.cert.Certificates;
import io.culvert.launcher.link.ShareLink.ClientTls;
import io.culvert.model.Address;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The links of every VMess and VLESS user of a configuration. */
public final class ConfigLinks {
    private final @Nullable String host;

    /** @param host what clients reach this server by, or null to use the address that an inbound listens on */
    public ConfigLinks(@Nullable String host) {
        this.host = host;
    }

    /**
     * What links can say of a configuration.
     *
     * @param links in the order of the inbounds and their users
     * @param refused for each inbound whose users no link leads to: its place, and what a link cannot say
     */
    public record Links(List<ShareLink> links, List<String> refused) {
        public Links {
            links = List.copyOf(links);
            refused = List.copyOf(refused);
        }
    }

    /**
     * The links of a configuration.
     *
     * @throws IOException where a certificate cannot be read
     * @throws IllegalArgumentException where there is no host to write into a link
     */
    public Links of(CulvertConfig config) throws IOException {
        List<ShareLink> links = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (InboundConfig inbound : config.inbounds()) {
            switch (inbound.settings()) {
                case InboundSettings.Vmess vmess ->
                    add(
                            links,
                            refused,
                            inbound,
                            vmess.users(),
                            (user, at) -> new VmessLink(
                                    name(user.email(), inbound),
                                    at.host,
                                    at.port,
                                    user.id(),
                                    user.alterId(),
                                    at.transport,
                                    at.tls));
                case InboundSettings.Vless vless ->
                    add(
                            links,
                            refused,
                            inbound,
                            vless.users(),
                            (user, at) -> new VlessLink(
                                    name(user.email(), inbound), at.host, at.port, user.id(), at.transport, at.tls));
                case InboundSettings.Dokodemo _,
                        InboundSettings.Socks _,
                        InboundSettings.Http _,
                        InboundSettings.Unbuilt _ -> {}
            }
        }
        return new Links(links, refused);
    }

    private <U> void add(
            List<ShareLink> links,
            List<String> refused,
            InboundConfig inbound,
            List<U> users,
            BiFunction<U, Endpoint, ShareLink> link)
            throws IOException {
        if (users.isEmpty()) {
            return;
        }
        LinkTransport transport;
        try {
            transport = transport(inbound);
        } catch (IllegalArgumentException e) {
            refused.add(inbound.position() + "  no share link can say " + e.getMessage());
            return;
        }
        String reachedBy = hostOf(inbound);
        int port = Objects.requireNonNull(inbound.ports()).from();
        Endpoint endpoint = new Endpoint(reachedBy, port, transport, tls(inbound, reachedBy));
        users.forEach(user -> links.add(link.apply(user, endpoint)));
    }

    private static LinkTransport transport(InboundConfig inbound) {
        PortRange ports = inbound.ports();
        if (inbound.unixSocket() != null || ports == null) {
            throw new IllegalArgumentException("a unix socket");
        }
        if (ports.from() == 0) {
            throw new IllegalArgumentException("a port that is another at every start");
        }
        return LinkTransport.of(inbound.stream().transport());
    }

    private String hostOf(InboundConfig inbound) {
        if (host != null) {
            return host;
        }
        String listen = inbound.listen();
        if (listen.equals("0.0.0.0") || listen.equals("::")) {
            throw new IllegalArgumentException(inbound.position()
                    + "  the inbound listens on every address: say with --host how clients reach it");
        }
        return listen;
    }

    private static String name(String email, InboundConfig inbound) {
        if (!email.isEmpty()) {
            return email;
        }
        return inbound.tag().isEmpty() ? "culvert" : inbound.tag();
    }

    private static @Nullable ClientTls tls(InboundConfig inbound, String host) throws IOException {
        if (!(inbound.stream().security() instanceof SecuritySettings.Tls tls)) {
            return null;
        }
        X509Certificate certificate = firstCertificate(tls);
        boolean domain = Address.parse(host) instanceof Address.Domain;
        String name = tls.serverName() != null ? tls.serverName() : domain ? "" : Certificates.firstName(certificate);
        return certificate != null && Certificates.isSelfSigned(certificate)
                ? new ClientTls(name, Certificates.pin(certificate), true, tls.alpn())
                : new ClientTls(name, "", false, tls.alpn());
    }

    private static @Nullable X509Certificate firstCertificate(SecuritySettings.Tls tls) throws IOException {
        for (SecuritySettings.Certificate certificate : tls.certificates()) {
            if (certificate.usage() != SecuritySettings.CertificateUsage.ENCIPHERMENT) {
                continue;
            }
            try {
                String pem = certificate.certificatePem();
                return pem != null ? Certificates.read(pem) : Certificates.readFile(certificate.certificateFile());
            } catch (CertificateException e) {
                throw new IOException(certificate.position() + "  there is no certificate in it", e);
            } catch (IOException e) {
                throw new IOException(
                        certificate.position() + "  the certificate cannot be read: " + FileFaults.reason(e), e);
            }
        }
        return null;
    }

    private record Endpoint(
            String host,
            int port,
            LinkTransport transport,
            @Nullable ClientTls tls) {}
}
