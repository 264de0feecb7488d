package io.culvert.transport.tls;

import io.culvert.files.FileFaults;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate authorities that the system trusts, as V2Ray finds them: the file that {@value #FILE_VARIABLE} names, else the
 * distribution's, and every file in the folders of {@value #FOLDERS_VARIABLE}. Java's own list serves where there is nothing of
 * this, and where a Java trust store is asked for by name. A certificate that cannot be read is passed over: it is one authority
 * less, and no reason to trust none.
 */
final class SystemRoots {
    /** The environment's file of certificates in PEM, in place of the distribution's. */
    static final String FILE_VARIABLE = "SSL_CERT_FILE";

    /** The environment's folders of such files, with colons between them. */
    static final String FOLDERS_VARIABLE = "SSL_CERT_DIR";

    private static final Logger LOG = LoggerFactory.getLogger(SystemRoots.class);

    private static final String JAVA_PROPERTY = "javax.net.ssl.trustStore";

    private static final List<Path> FILES = List.of(
            Path.of("/etc/ssl/certs/ca-certificates.crt"),
            Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
            Path.of("/etc/ssl/ca-bundle.pem"),
            Path.of("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
            Path.of("/etc/ssl/cert.pem"));

    private SystemRoots() {}

    /** Reads them; blocks on the file system. */
    static Collection<X509Certificate> load() throws IOException, GeneralSecurityException {
        return load(System.getenv(), FILES);
    }

    static Collection<X509Certificate> load(Map<String, String> environment, List<Path> files)
            throws IOException, GeneralSecurityException {
        Set<X509Certificate> roots = new LinkedHashSet<>();
        for (String folder : environment.getOrDefault(FOLDERS_VARIABLE, "").split(":", -1)) {
            if (!folder.isEmpty()) {
                readFolder(Path.of(folder), roots);
            }
        }
        String named = environment.getOrDefault(FILE_VARIABLE, "");
        if (!named.isEmpty()) {
            read(Path.of(named), roots);
        } else if (System.getProperty(JAVA_PROPERTY) == null) {
            for (Path file : files) {
                if (Files.isReadable(file)) {
                    read(file, roots);
                    break;
                }
            }
        }
        return roots.isEmpty() ? ofJava() : roots;
    }

    private static void readFolder(Path folder, Set<X509Certificate> roots) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, Files::isRegularFile)) {
            for (Path file : files) {
                read(file, roots);
            }
        } catch (IOException e) {
            LOG.warn("not every certificate authority of {} can be read: {}", FOLDERS_VARIABLE, FileFaults.of(e));
        }
    }

    private static void read(Path file, Set<X509Certificate> roots) throws IOException {
        PemCertificates found = PemCertificates.read(PemCertificates.textOf(file));
        roots.addAll(found.certificates());
        if (found.broken() > 0) {
            LOG.info("{}: {} certificates in it cannot be read and are passed over", file, found.broken());
        }
    }

    private static List<X509Certificate> ofJava() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return List.of(x509.getAcceptedIssuers());
            }
        }
        return List.of();
    }
}
