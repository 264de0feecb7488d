package io.culvert.transport.tls;

import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.Tls;
import io.culvert.files.FileFaults;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Certificates and keys of settings, in PEM from files or inline; other blocks of a file are passed over. What is wrong is said
 * of the file that it is wrong with, or of the place in the configuration.
 */
public final class CertificateFiles {
    private CertificateFiles() {}

    /**
     * The certificate and those that lead from it to an authority, in the order of the text.
     *
     * @throws TlsConfigException where there is none, or none that can be read
     */
    public static List<X509Certificate> chain(Certificate certificate) throws TlsConfigException {
        String name = nameOf(certificate);
        String text = text(certificate, certificate.certificateFile(), certificate.certificatePem(), name);
        PemCertificates read = PemCertificates.read(text);
        if (read.broken() > 0) {
            throw fault(certificate, name, "a certificate in it is broken", null);
        }
        if (read.certificates().isEmpty()) {
            throw fault(certificate, name, PemCertificates.nothingIn(text), null);
        }
        return read.certificates();
    }

    /**
     * The private key of a certificate.
     *
     * @param of the first of its {@link #chain}
     * @throws TlsConfigException where there is none, none that can be read, or that of another certificate
     */
    public static PrivateKey key(Certificate certificate, X509Certificate of) throws TlsConfigException {
        String file = certificate.keyFile();
        String name = file != null ? file : "the key of " + nameOf(certificate);
        try {
            return PrivateKeys.parse(text(certificate, file, certificate.keyPem(), name), of.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw fault(certificate, name, String.valueOf(e.getMessage()), e);
        }
    }

    /** What is wrong with each of the certificates that a server reads: all that serve, and the first that issues others. */
    public static List<TlsConfigException> faultsOfServer(Tls tls) {
        List<TlsConfigException> faults = new ArrayList<>();
        boolean issues = false;
        for (Certificate certificate : tls.certificates()) {
            boolean read = switch (certificate.usage()) {
                case ENCIPHERMENT -> true;
                case ISSUE -> !issues;
                case VERIFY -> false;
            };
            issues |= certificate.usage() == CertificateUsage.ISSUE;
            if (read) {
                try {
                    key(certificate, chain(certificate).getFirst());
                } catch (TlsConfigException e) {
                    faults.add(e);
                }
            }
        }
        return faults;
    }

    /** What is wrong with each of the certificates that a client trusts. */
    public static List<TlsConfigException> faultsOfClient(Tls tls) {
        List<TlsConfigException> faults = new ArrayList<>();
        for (Certificate certificate : tls.certificates()) {
            try {
                chain(certificate);
            } catch (TlsConfigException e) {
                faults.add(e);
            }
        }
        return faults;
    }

    /** The certificate's file, or where its text stands in the configuration. */
    public static String nameOf(Certificate certificate) {
        String file = certificate.certificateFile();
        return file != null
                ? file
                : "the certificate at " + certificate.position().path();
    }

    private static String text(Certificate certificate, @Nullable String file, @Nullable String pem, String name)
            throws TlsConfigException {
        if (file == null) {
            return pem == null ? "" : pem;
        }
        try {
            return PemCertificates.textOf(Path.of(file));
        } catch (IOException e) {
            throw fault(certificate, name, FileFaults.reason(e), e);
        } catch (InvalidPathException e) {
            throw fault(certificate, "certificates", "this is no name of a file", e);
        }
    }

    private static TlsConfigException fault(Certificate at, String name, String what, @Nullable Throwable cause) {
        return new TlsConfigException(name + ": " + what, at.position(), cause);
    }
}
