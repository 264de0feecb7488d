package io.culvert.transport.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A client's trust that says in an operator's words why it trusts a server's certificate not: the engines replace the reason by
 * one of their own, and QUIC's drops it.
 */
public final class ExplainedTrust extends X509ExtendedTrustManager {
    private static final Map<SSLEngine, String> FAULTS = Collections.synchronizedMap(new WeakHashMap<>());

    private final X509ExtendedTrustManager usual;
    private final boolean trustsNobody;

    /** @param trustsNobody there is no authority at all, which the JDK takes for a fault of the program */
    ExplainedTrust(X509ExtendedTrustManager usual, boolean trustsNobody) {
        this.usual = usual;
        this.trustsNobody = trustsNobody;
    }

    /** A certificate that is not trusted; the message is for operators. */
    static final class Untrusted extends CertificateException {
        private static final long serialVersionUID = 1L;

        Untrusted(String why, @Nullable CertificateException fault) {
            super(why, fault);
        }
    }

    /** Why the certificate that an engine was shown is not trusted, or null where it is, or where it was shown none. */
    public static @Nullable String faultOf(SSLEngine engine) {
        return FAULTS.get(engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        if (trustsNobody) {
            String why = "certificate is not signed by a trusted authority; none is trusted";
            FAULTS.put(engine, why);
            throw new Untrusted(why, null);
        }
        try {
            usual.checkServerTrusted(chain, type, engine);
        } catch (CertificateException e) {
            String why = CertificateFault.of(chain, e, asked(engine));
            FAULTS.put(engine, why);
            throw new Untrusted(why, e);
        }
    }

    /** QUIC's engine tells it of the handshake only. */
    private static @Nullable String asked(SSLEngine engine) {
        SSLSession handshake = engine.getPeerHost() == null ? engine.getHandshakeSession() : null;
        return handshake == null ? engine.getPeerHost() : handshake.getPeerHost();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        try {
            usual.checkServerTrusted(chain, type, socket);
        } catch (CertificateException e) {
            throw new Untrusted(CertificateFault.of(chain, e, null), e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        try {
            usual.checkServerTrusted(chain, type);
        } catch (CertificateException e) {
            throw new Untrusted(CertificateFault.of(chain, e, null), e);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        usual.checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        usual.checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        usual.checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return usual.getAcceptedIssuers();
    }
}
