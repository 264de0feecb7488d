package io.culvert.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.Position;
import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.Tls;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestCertificate;
import io.culvert.transport.testkit.TestLoop;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS servers against Java's own client. */
class TlsServerTest {
    private static final TestCertificate FIRST = TestCertificate.of("first.test", "*.wild.test");
    private static final TestCertificate SECOND = TestCertificate.of("second.test");
    private static final TestCertificate NAMELESS = TestCertificate.withCommonName("common.test");

    private final TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
    private final List<Throwable> faults = new CopyOnWriteArrayList<>();
    private final List<Object> ends = new CopyOnWriteArrayList<>();
    private final List<Channel> accepted = new CopyOnWriteArrayList<>();
    private @Nullable Channel listener;

    private static Tls settings(List<String> alpn, TestCertificate... certificates) {
        return new Tls(
                null,
                alpn,
                false,
                false,
                false,
                java.util.Arrays.stream(certificates)
                        .map(TestCertificate::served)
                        .toList());
    }

    /** Serves an echo over TLS. */
    private InetSocketAddress serve(Tls settings) throws Exception {
        TlsServer server = new TlsServer(TlsContexts.server(settings, List.of("h2", "http/1.1")));
        Channel own = new ServerBootstrap()
                .group(loop.loop())
                .channel(loop.serverType())
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Channels.prepare(channel);
                        server.install(channel);
                        channel.pipeline().replace(EarlyBytesHandler.NAME, "echo", new Echo());
                        accepted.add(channel);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        listener = own;
        return (InetSocketAddress) own.localAddress();
    }

    private final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.write(message, ctx.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == StreamEnd.INPUT) {
                ends.add(event);
                ctx.writeAndFlush(StreamEnd.OUTPUT, ctx.voidPromise());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            faults.add(fault);
            ctx.close();
        }
    }

    @AfterEach
    void close() throws Exception {
        if (listener != null) {
            listener.close().sync();
        }
        for (Channel channel : accepted) {
            channel.close().sync();
        }
        loop.close();
    }

    private static SSLContext trustingAnything() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anything()}, null);
        return context;
    }

    /** The test looks at the certificate itself. */
    private static final class Anything extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static X509Certificate presentedTo(InetSocketAddress address, @Nullable String name) throws Exception {
        try (Socket raw = new Socket(address.getAddress(), address.getPort());
                SSLSocket tls =
                        (SSLSocket) trustingAnything().getSocketFactory().createSocket(raw, null, 0, true)) {
            if (name != null) {
                var parameters = tls.getSSLParameters();
                parameters.setServerNames(List.of(new SNIHostName(name)));
                tls.setSSLParameters(parameters);
            }
            tls.startHandshake();
            return (X509Certificate) tls.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void theNameChoosesTheCertificate() throws Exception {
        InetSocketAddress address = serve(settings(List.of(), FIRST, SECOND, NAMELESS));
        assertThat(presentedTo(address, "first.test")).isEqualTo(FIRST.certificate());
        assertThat(presentedTo(address, "second.test")).isEqualTo(SECOND.certificate());
        assertThat(presentedTo(address, "SECOND.Test")).isEqualTo(SECOND.certificate());
        assertThat(presentedTo(address, "common.test")).isEqualTo(NAMELESS.certificate());
        assertThat(presentedTo(address, "one.wild.test")).isEqualTo(FIRST.certificate());
    }

    @Test
    void everythingElseGetsTheFirst() throws Exception {
        InetSocketAddress address = serve(settings(List.of(), SECOND, FIRST));
        assertThat(presentedTo(address, null)).isEqualTo(SECOND.certificate());
        assertThat(presentedTo(address, "unknown.test")).isEqualTo(SECOND.certificate());
        assertThat(presentedTo(address, "two.labels.wild.test")).isEqualTo(SECOND.certificate());
    }

    @Test
    void theVeryNameBeforeAWildcardAndOfTwoTheLast() throws Exception {
        TestCertificate exact = TestCertificate.of("a.wild.test");
        TestCertificate again = TestCertificate.of("a.wild.test");
        InetSocketAddress address = serve(settings(List.of(), FIRST, exact, again));
        assertThat(presentedTo(address, "a.wild.test")).isEqualTo(again.certificate());
        assertThat(presentedTo(address, "b.wild.test")).isEqualTo(FIRST.certificate());
        assertThat(presentedTo(address, "wild.test")).isEqualTo(FIRST.certificate());
    }

    private static String negotiated(InetSocketAddress address, String... offered) throws Exception {
        try (Peer peer = Peer.connect(address, 0)
                .startTls(FIRST.java(), true, "first.test", new String[] {"TLSv1.3", "TLSv1.2"}, offered)) {
            peer.send(new byte[] {1});
            assertThat(peer.read(1)).containsExactly(1);
            return ((SSLSocket) peer.socket()).getApplicationProtocol();
        }
    }

    @Test
    void alpn() throws Exception {
        InetSocketAddress both = serve(settings(List.of(), FIRST));
        assertThat(negotiated(both, "h2", "http/1.1")).isEqualTo("h2");
        assertThat(negotiated(both, "http/1.1")).isEqualTo("http/1.1");
        assertThat(negotiated(both)).isEmpty();
        assertThat(negotiated(both, "other"))
                .as("none in common is let in without")
                .isEmpty();
    }

    @Test
    void alpnAsConfigured() throws Exception {
        InetSocketAddress own = serve(settings(List.of("http/1.1"), FIRST));
        assertThat(negotiated(own, "h2", "http/1.1")).isEqualTo("http/1.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void halfCloseWithAJavaPeer(String version) throws Exception {
        InetSocketAddress address = serve(settings(List.of(), FIRST));
        byte[] much = io.culvert.transport.testkit.Payload.of(1, 300_000);
        try (Peer peer = Peer.connect(address, 0).startTls(FIRST.java(), true, "first.test", version)) {
            Thread.ofVirtual().start(() -> {
                try {
                    peer.send(much);
                    peer.finish();
                } catch (IOException e) {
                    faults.add(e);
                }
            });
            Peer.Ending ending = peer.readToEnd();
            assertThat(ending.clean()).isTrue();
            assertThat(ending.bytes()).isEqualTo(much);
        }
        assertThat(ends).hasSize(1);
        assertThat(faults).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void garbageIsNoClientHello(int certificates) throws Exception {
        InetSocketAddress address =
                serve(certificates == 1 ? settings(List.of(), FIRST) : settings(List.of(), FIRST, SECOND));
        try (Peer peer = Peer.connect(address, 0)) {
            peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            peer.readToEnd();
        }
        Await.until("closed", () -> !accepted.isEmpty() && accepted.stream().noneMatch(Channel::isOpen));
        // Both kinds are what a client can bring about: an inbound logs neither with a stack trace.
        assertThat(faults)
                .allMatch(fault ->
                        fault instanceof io.netty.handler.codec.DecoderException || fault instanceof IOException);
    }

    @Test
    void aHandshakeThatIsCutShortClosesTheChannel() throws Exception {
        InetSocketAddress address = serve(settings(List.of(), FIRST));
        try (Peer peer = Peer.connect(address, 0)) {
            // The beginning of a handshake record of 512 bytes.
            peer.send(new byte[] {22, 3, 1, 2, 0, 1, 0, 1});
            peer.finish();
            peer.readToEnd();
        }
        Await.until("closed", () -> accepted.stream().noneMatch(Channel::isOpen));
        assertThat(ends).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1", "TLSv1.1"})
    void oldVersionsAreRefused(String version) throws Exception {
        InetSocketAddress address = serve(settings(List.of(), FIRST));
        // A ClientHello of the old version, written by hand: Java itself no longer speaks it.
        byte minor = (byte) (version.equals("TLSv1") ? 1 : 2);
        byte[] hello = oldHello(minor);
        try (Peer peer = Peer.connect(address, 0)) {
            peer.send(hello);
            byte[] answer = peer.readToEnd().bytes();
            assertThat(answer).hasSizeGreaterThanOrEqualTo(7);
            assertThat(answer[0]).as("an alert").isEqualTo((byte) 21);
            assertThat(answer[5]).as("a fatal one").isEqualTo((byte) 2);
            assertThat(answer[6]).as("protocol_version").isEqualTo((byte) 70);
        }
    }

    /** A ClientHello with one cipher suite and no extensions. */
    private static byte[] oldHello(byte minor) {
        java.nio.ByteBuffer hello = java.nio.ByteBuffer.allocate(5 + 4 + 41);
        hello.put((byte) 22).put((byte) 3).put((byte) 1).putShort((short) (4 + 41));
        hello.put((byte) 1).put((byte) 0).putShort((short) 41);
        hello.put((byte) 3).put(minor).put(new byte[32]).put((byte) 0);
        hello.putShort((short) 2).putShort((short) 0xC009);
        hello.put((byte) 1).put((byte) 0);
        return hello.array();
    }

    /** As OpenSSL's older commands write them; Go reads them too. */
    @Test
    void anEcKeyInItsOldForm() throws Exception {
        ECPrivateKey key = (ECPrivateKey) FIRST.keys().getPrivate();
        var sec1 = new org.bouncycastle.asn1.sec.ECPrivateKey(256, key.getS(), SECObjectIdentifiers.secp256r1);
        String parameters = pem("EC PARAMETERS", SECObjectIdentifiers.secp256r1.getEncoded());
        assertServes(FIRST, parameters + pem("EC PRIVATE KEY", sec1.getEncoded()));
    }

    @Test
    void anRsaKeyInBothForms() throws Exception {
        TestCertificate rsa = TestCertificate.rsa("rsa.test");
        assertServes(rsa, rsa.keyPem());
        var pkcs8 = PrivateKeyInfo.getInstance(rsa.keys().getPrivate().getEncoded());
        assertServes(
                rsa,
                pem("RSA PRIVATE KEY", pkcs8.parsePrivateKey().toASN1Primitive().getEncoded()));
    }

    @Test
    void anEd25519Key() throws Exception {
        TestCertificate modern = TestCertificate.ed25519("modern.test");
        assertServes(modern, modern.keyPem());
    }

    private static String pem(String form, byte[] der) throws IOException {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(form, der));
        }
        return text.toString();
    }

    private void assertServes(TestCertificate certificate, String keyPem) throws Exception {
        Certificate served = new Certificate(
                CertificateUsage.ENCIPHERMENT, null, certificate.certificatePem(), null, keyPem, Position.NONE);
        InetSocketAddress address = serve(new Tls(null, List.of(), false, false, false, List.of(served)));
        assertThat(presentedTo(address, null)).isEqualTo(certificate.certificate());
    }

    @Test
    void settingsThatCannotWorkSayWhy() {
        assertThatThrownBy(() -> TlsContexts.server(settings(List.of()), List.of()))
                .isInstanceOf(TlsConfigException.class)
                .hasMessageContaining("needs a certificate");
        Certificate noKey = new Certificate(
                CertificateUsage.ENCIPHERMENT, null, FIRST.certificatePem(), null, "not a key", Position.NONE);
        assertThatThrownBy(() ->
                        TlsContexts.server(new Tls(null, List.of(), false, false, false, List.of(noKey)), List.of()))
                .isInstanceOf(TlsConfigException.class);
        Certificate wrongKey = new Certificate(
                CertificateUsage.ENCIPHERMENT, null, FIRST.certificatePem(), null, SECOND.keyPem(), Position.NONE);
        assertThatThrownBy(() ->
                        TlsContexts.server(new Tls(null, List.of(), false, false, false, List.of(wrongKey)), List.of()))
                .isInstanceOf(TlsConfigException.class);
        Certificate noFile = new Certificate(
                CertificateUsage.ENCIPHERMENT, "no-such-file.pem", null, null, FIRST.keyPem(), Position.NONE);
        assertThatThrownBy(() ->
                        TlsContexts.server(new Tls(null, List.of(), false, false, false, List.of(noFile)), List.of()))
                .isInstanceOf(TlsConfigException.class)
                .hasMessageContaining("no-such-file.pem");
    }

    @Test
    void aClientThatDoesNotTrustTheServerLeavesNoTrace() throws Exception {
        InetSocketAddress address = serve(settings(List.of(), FIRST));
        assertThatThrownBy(() -> Peer.connect(address, 0).startTls(SECOND.java(), true, "first.test", "TLSv1.3"))
                .isInstanceOf(SSLException.class);
        Await.until("closed", () -> accepted.stream().noneMatch(Channel::isOpen));
    }
}
