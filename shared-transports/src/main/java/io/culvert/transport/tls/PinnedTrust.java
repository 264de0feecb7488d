package io.culvert.transport.tls;

import io.culvert.config.SecuritySettings.TlsRestrictions;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trust in a server whose certificate is known beforehand. A pinned chain (V2Ray) is asked for on top of the usual checks; a
 * pinned server's certificate (Xray) is trusted without them, and no other is.
 */
final class PinnedTrust extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager usual;
    private final TlsRestrictions pins;

    PinnedTrust(X509ExtendedTrustManager usual, TlsRestrictions pins) {
        this.usual = usual;
        this.pins = pins;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        if (pins.pinnedCertificates().isEmpty()) {
            usual.checkServerTrusted(chain, type, engine);
        }
        checkPins(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        if (pins.pinnedCertificates().isEmpty()) {
            usual.checkServerTrusted(chain, type, socket);
        }
        checkPins(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        if (pins.pinnedCertificates().isEmpty()) {
            usual.checkServerTrusted(chain, type);
        }
        checkPins(chain);
    }

    private void checkPins(X509Certificate[] chain) throws CertificateException {
        if (!pins.pinnedCertificates().isEmpty()
                && !pins.pinnedCertificates().contains(hex(sha256(chain[0].getEncoded())))) {
            throw new CertificateException("the server's certificate is not the pinned one");
        }
        if (!pins.pinnedChains().isEmpty() && !pins.pinnedChains().contains(chainHash(chain))) {
            throw new CertificateException("the server's certificate chain is not the pinned one");
        }
    }

    /** V2Ray's hash of a chain: each certificate's hash is hashed together with what is before it. */
    static String chainHash(X509Certificate... chain) throws CertificateException {
        byte[] hash = sha256(chain[0].getEncoded());
        for (int i = 1; i < chain.length; i++) {
            hash = sha256(hash, sha256(chain[i].getEncoded()));
        }
        return hex(hash);
    }

    private static byte[] sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(byte[] hash) {
        return HexFormat.of().formatHex(hash);
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
