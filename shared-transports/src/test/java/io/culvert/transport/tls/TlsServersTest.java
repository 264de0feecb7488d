package io.culvert.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.Position;
import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.Tls;
import io.culvert.config.SecuritySettings.TlsRestrictions;
import io.culvert.model.Address;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.testkit.TestCertificate;
import io.culvert.transport.testkit.TestLoop;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsServersTest {
    private static final List<String> ALPN = List.of("h2", "http/1.1");
    private static final String NAME = "server.example.org";

    @TempDir
    Path folder;

    private final TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
    private final TlsServers servers = new TlsServers();

    @AfterEach
    void stop() throws Exception {
        loop.close();
    }

    private static Tls server(boolean resumption, Certificate... certificates) {
        return new Tls(null, List.of(), false, false, resumption, List.of(certificates));
    }

    @ParameterizedTest
    @CsvSource({"true, TLSv1.2", "true, TLSv1.3", "false, TLSv1.2", "false, TLSv1.3"})
    void sessionsAreResumedWhereThatIsOn(boolean on, String version) throws Exception {
        Tls settings = server(on, TestCertificate.of(NAME).served());
        try (TlsRig rig = new TlsRig(loop, servers.of(settings, ALPN))) {
            for (int i = 0; i < 3; i++) {
                try (SSLSocket socket = rig.connect(NAME, version)) {
                    TlsRig.echo(socket);
                }
            }
            assertThat(rig.shown()).isEqualTo(on ? 1 : 3);
        }
    }

    @Test
    void replacedFilesAreTakenAndOpenConnectionsStay() throws Exception {
        TestCertificate first = TestCertificate.of(NAME);
        TestCertificate second = TestCertificate.of(NAME);
        Certificate files = files(first);
        try (TlsRig rig = new TlsRig(loop, servers.of(server(false, files), ALPN));
                SSLSocket open = rig.connect(NAME, "TLSv1.3")) {
            assertThat(rig.certificateFor(NAME)).isEqualTo(first.certificate());

            Files.writeString(folder.resolve("cert"), "no certificate");
            refreshUntilSettled();
            assertThat(rig.certificateFor(NAME)).isEqualTo(first.certificate());

            files(second);
            servers.refresh();
            assertThat(rig.certificateFor(NAME)).isEqualTo(first.certificate());
            refreshUntilSettled();
            assertThat(rig.certificateFor(NAME)).isEqualTo(second.certificate());
            TlsRig.echo(open);
        }
    }

    private void refreshUntilSettled() {
        for (int i = 0; i < 3; i++) {
            servers.refresh();
        }
    }

    private Certificate files(TestCertificate certificate) throws IOException {
        Path cert = Files.writeString(folder.resolve("cert"), certificate.certificatePem());
        Path key = Files.writeString(folder.resolve("key"), certificate.keyPem());
        return new Certificate(
                CertificateUsage.ENCIPHERMENT, cert.toString(), null, key.toString(), null, Position.NONE);
    }

    @Test
    void anAuthorityIssuesForEveryName() throws Exception {
        TestCertificate authority = TestCertificate.of();
        TestCertificate own = TestCertificate.of("own.example.org");
        Certificate issuing = new Certificate(
                CertificateUsage.ISSUE, null, authority.certificatePem(), null, authority.keyPem(), Position.NONE);
        try (TlsRig rig = new TlsRig(loop, servers.of(server(false, own.served(), issuing), ALPN))) {
            X509Certificate issued = rig.certificateFor("a.example.org");
            issued.verify(authority.certificate().getPublicKey());
            issued.checkValidity();
            assertThat(CertificateNames.of(issued)).containsExactly("a.example.org");
            assertThat(rig.certificateFor("A.example.org")).isEqualTo(issued);
            assertThat(CertificateNames.of(rig.certificateFor("b.example.org"))).containsExactly("b.example.org");
            assertThat(rig.certificateFor("own.example.org")).isEqualTo(own.certificate());
        }
    }

    /** As V2Ray does; a wildcard serves who names nothing that can be issued. */
    @Test
    void whatIsIssuedComesBeforeAWildcard() throws Exception {
        TestCertificate authority = TestCertificate.of();
        TestCertificate wildcard = TestCertificate.of("*.example.org", "www.example.org");
        Tls settings = server(false, wildcard.served(), authority.issuing());
        try (TlsRig rig = new TlsRig(loop, servers.of(settings, ALPN))) {
            assertThat(CertificateNames.of(rig.certificateFor("a.example.org"))).containsExactly("a.example.org");
            assertThat(rig.certificateFor("www.example.org")).isEqualTo(wildcard.certificate());
        }
    }

    /** All that some imitated browsers offer. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
                "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
                "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
            })
    void v2raysOtherSuitesOf12(String suite) throws Exception {
        Tls settings = server(false, TestCertificate.of(NAME).served());
        try (TlsRig rig = new TlsRig(loop, servers.of(settings, ALPN));
                SSLSocket socket = rig.connect(NAME, "TLSv1.2", suite)) {
            assertThat(socket.getSession().getCipherSuite()).isEqualTo(suite);
        }
    }

    @Test
    void versionsAndCipherSuites() throws Exception {
        TlsRestrictions only12 = new TlsRestrictions(
                true, false, List.of("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"), Set.of(), Set.of());
        Certificate served = TestCertificate.of(NAME).served();
        Tls settings = new Tls(null, List.of(), false, false, false, List.of(served), only12);
        try (TlsRig rig = new TlsRig(loop, servers.of(settings, ALPN))) {
            try (SSLSocket socket = rig.connect(NAME, "TLSv1.2")) {
                assertThat(socket.getSession().getCipherSuite()).isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
            }
            assertThatThrownBy(() -> rig.connect(NAME, "TLSv1.3")).isInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void aClientTrustsWhatIsPinned() throws Exception {
        TestCertificate certificate = TestCertificate.of(NAME);
        String hash = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256")
                        .digest(certificate.certificate().getEncoded()));
        String other = "0".repeat(64);
        try (TlsRig rig = new TlsRig(loop, servers.of(server(false, certificate.served()), ALPN))) {
            // Xray's: known by its hash and by nothing else, not even its name.
            assertThat(handshake(rig, pinned("x", false, List.of(), Set.of(), Set.of(other, hash))))
                    .isTrue();
            assertThat(handshake(rig, pinned("x", true, List.of(), Set.of(), Set.of(other))))
                    .isFalse();
            // V2Ray's: on top of the usual checks.
            List<Certificate> trusted = List.of(certificate.trusted());
            assertThat(handshake(rig, pinned(NAME, false, trusted, Set.of(hash), Set.of())))
                    .isTrue();
            assertThat(handshake(rig, pinned("x", false, trusted, Set.of(hash), Set.of())))
                    .isFalse();
            assertThat(handshake(rig, pinned(NAME, false, trusted, Set.of(other), Set.of())))
                    .isFalse();
            assertThat(handshake(rig, pinned(NAME, false, List.of(), Set.of(hash), Set.of())))
                    .isFalse();
            assertThat(handshake(rig, pinned("x", true, List.of(), Set.of(hash), Set.of())))
                    .isTrue();
            assertThat(handshake(rig, pinned("x", true, List.of(), Set.of(other), Set.of())))
                    .isFalse();
        }
    }

    @Test
    void theHashOfAChain() throws CertificateException {
        X509Certificate one = TestCertificate.of("one").certificate();
        X509Certificate two = TestCertificate.of("two").certificate();
        assertThat(PinnedTrust.chainHash(one))
                .isNotEqualTo(PinnedTrust.chainHash(two))
                .hasSize(64);
        assertThat(PinnedTrust.chainHash(one, two)).isNotEqualTo(PinnedTrust.chainHash(two, one));
    }

    private static Tls pinned(
            String name, boolean insecure, List<Certificate> trusted, Set<String> chains, Set<String> certificates) {
        return new Tls(
                name,
                List.of(),
                insecure,
                true,
                false,
                trusted,
                new TlsRestrictions(true, true, List.of(), chains, certificates));
    }

    private boolean handshake(TlsRig rig, Tls settings) throws Exception {
        SslContext context = TlsContexts.client(settings, ALPN);
        TlsClient client = new TlsClient(context, settings.serverName(), false);
        Channel channel = Sockets.connect(loop.loop(), rig.address(), null, SocketOptions.NONE)
                .syncUninterruptibly()
                .channel();
        Future<Channel> done = loop.call(
                () -> client.install(channel, Address.parse(NAME), rig.address().getPort()));
        assertThat(done.awaitUninterruptibly(20, TimeUnit.SECONDS)).isTrue();
        channel.close().syncUninterruptibly();
        return done.isSuccess();
    }
}
