package io.culvert.transport.tls;

import java.security.SignatureException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is wrong with a server's certificate, in an operator's words. */
final class CertificateFault {
    /** More names than these are counted only. */
    private static final int MOST_NAMES = 8;

    private CertificateFault() {}

    /**
     * Says it.
     *
     * @param chain what the server has shown
     * @param fault what the usual check says
     * @param asked the name that was asked for, or null where that is not known
     */
    static String of(X509Certificate[] chain, CertificateException fault, @Nullable String asked) {
        Instant now = Instant.now();
        for (X509Certificate one : chain) {
            String which = one.equals(chain[0]) ? "certificate" : "certificate of " + printable(subject(one));
            Instant end = one.getNotAfter().toInstant();
            if (now.isAfter(end)) {
                return which + " has expired on " + end;
            }
            Instant start = one.getNotBefore().toInstant();
            if (now.isBefore(start)) {
                return which + " is valid only from " + start;
            }
        }
        // The latter: an authority of this name is trusted, and is another one.
        if (hasCause(fault, CertPathBuilderException.class) || hasCause(fault, SignatureException.class)) {
            return "certificate is not signed by a trusted authority; it is signed by " + printable(issuer(chain[0]));
        }
        // The path is right, and nothing else is looked at by the usual check than whom the certificate is for.
        String said = String.valueOf(fault.getMessage());
        return said.contains("matching") || said.contains("subject alternative")
                ? "certificate is for " + names(chain[0]) + ", not " + (asked == null ? "the name asked for" : asked)
                : printable(deepest(fault));
    }

    private static String subject(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    private static String issuer(X509Certificate certificate) {
        return certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal())
                ? "itself"
                : certificate.getIssuerX500Principal().getName();
    }

    private static String names(X509Certificate certificate) {
        List<String> names;
        try {
            names = CertificateNames.all(certificate);
        } catch (CertificateParsingException _) {
            return "names that cannot be read";
        }
        if (names.isEmpty()) {
            return "no name";
        }
        String some = printable(String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size()))));
        return names.size() <= MOST_NAMES ? some : some + " and " + (names.size() - MOST_NAMES) + " more";
    }

    private static boolean hasCause(Throwable fault, Class<? extends Throwable> kind) {
        for (Throwable one = fault; one != null; one = one.getCause()) {
            if (kind.isInstance(one)) {
                return true;
            }
        }
        return false;
    }

    private static String deepest(Throwable fault) {
        Throwable deepest = fault;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return String.valueOf(deepest.getMessage());
    }

    /** A stranger wrote it, and it goes into a log. */
    private static String printable(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            kept.append(c >= ' ' && c <= '~' ? c : '?');
        }
        return kept.toString();
    }
}
