package io.culvert.transport.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * The certificate authorities that the system trusts, as V2Ray finds them: the file that {@value #VARIABLE} names, else the
 * distribution's. Java's own list serves where there is neither, and where a Java trust store is asked for by name.
 */
final class SystemRoots {
    /** The environment's file of certificates in PEM, in place of the distribution's. */
    static final String VARIABLE = "SSL_CERT_FILE";

    private static final String JAVA_PROPERTY = "javax.net.ssl.trustStore";

    private static final List<Path> FILES = List.of(
            Path.of("/etc/ssl/certs/ca-certificates.crt"),
            Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
            Path.of("/etc/ssl/ca-bundle.pem"),
            Path.of("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
            Path.of("/etc/ssl/cert.pem"));

    private SystemRoots() {}

    /** Reads them; blocks on the file system. */
    static List<X509Certificate> load() throws IOException, GeneralSecurityException {
        return load(System.getenv(), FILES);
    }

    static List<X509Certificate> load(Map<String, String> environment, List<Path> files)
            throws IOException, GeneralSecurityException {
        String named = environment.get(VARIABLE);
        if (named != null && !named.isEmpty()) {
            return read(Path.of(named));
        }
        if (System.getProperty(JAVA_PROPERTY) == null) {
            for (Path file : files) {
                if (Files.isReadable(file)) {
                    return read(file);
                }
            }
        }
        return ofJava();
    }

    private static List<X509Certificate> read(Path file) throws IOException, GeneralSecurityException {
        List<X509Certificate> roots = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file)) {
            for (var one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                roots.add((X509Certificate) one);
            }
        }
        return roots;
    }

    private static List<X509Certificate> ofJava() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        List<X509Certificate> roots = new ArrayList<>();
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                roots.addAll(List.of(x509.getAcceptedIssuers()));
            }
        }
        return roots;
    }
}
