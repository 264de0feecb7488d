package io.culvert.config.reader;

import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.Tls;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code tlsSettings} (wire-formats section 14.2). */
final class TlsReader {
    private static final List<String> USAGES = List.of("encipherment", "verify", "issue");
    private static final Tls PLAIN = new Tls(null, List.of(), false, false, false, List.of());

    /** Later versions and Xray check more with these; to leave one out in silence would check less than is asked for. */
    private static final List<String> STRICTER_ELSEWHERE = List.of(
            "pinnedPeerCertificatePublicKeySha256",
            "verifyPeerCertInNames",
            "verifyPeerCertByName",
            "verifyClientCertificate",
            "rejectUnknownSni",
            "curvePreferences",
            "echServerKeys",
            "echConfigList",
            "echConfig");

    private final Environment environment;
    private final Report report;
    private final TlsRestrictionsReader restrictions;

    TlsReader(Environment environment, Report report) {
        this.environment = environment;
        this.report = report;
        this.restrictions = new TlsRestrictionsReader(report);
    }

    /**
     * Reads the settings.
     *
     * @param tls null where there are none
     * @param where what asks for TLS
     * @param used whether TLS is on: V2Ray looks at the certificates only then
     */
    Tls read(@Nullable Fields tls, Spot where, boolean used, boolean inbound) {
        if (tls == null) {
            warnOfNoCertificate(where, used, inbound, List.of());
            return PLAIN;
        }
        List<Certificate> certificates = new ArrayList<>();
        for (Fields one : tls.objects("certificates")) {
            certificates.add(certificate(one, used));
        }
        String serverName = tls.text("serverName");
        List<String> alpn = tls.strings("alpn");
        Tls read = new Tls(
                serverName.isEmpty() ? null : serverName,
                alpn,
                tls.flag("allowInsecure"),
                tls.flag("disableSystemRoot"),
                tls.flag("enableSessionResumption"),
                certificates,
                restrictions.read(tls));
        if (used && !inbound && read.allowInsecure()) {
            report.warning(
                    tls.spotOf("allowInsecure"), "the server's certificate is not checked: anyone can read along");
        }
        if (used) {
            stricter(tls);
        }
        // How a client's first bytes look; nothing is checked less without it.
        if (used && !tls.text("fingerprint").isEmpty()) {
            report.withoutEffect(tls.spotOf("fingerprint"), "\"fingerprint\"");
        }
        tls.know("fingerprint");
        tls.know(STRICTER_ELSEWHERE.toArray(String[]::new));
        tls.finish();
        warnOfNoCertificate(where, used, inbound, certificates);
        return read;
    }

    private void warnOfNoCertificate(Spot where, boolean used, boolean inbound, List<Certificate> certificates) {
        if (used && inbound && certificates.stream().noneMatch(one -> one.usage() != CertificateUsage.VERIFY)) {
            report.unusable(where, "TLS without a certificate: no client can connect");
        }
    }

    private void stricter(Fields tls) {
        for (String key : STRICTER_ELSEWHERE) {
            if (tls.asks(key)) {
                report.unsupported(tls.spotOf(key), Words.quoted(key));
            }
        }
    }

    private Certificate certificate(Fields one, boolean used) {
        String file = one.text("certificateFile");
        String keyFile = one.text("keyFile");
        List<String> pem = one.plainStrings("certificate");
        List<String> key = one.plainStrings("key");
        CertificateUsage usage = usage(one);
        if (used) {
            if (file.isEmpty() && pem.isEmpty()) {
                report.error(
                        one.spot(),
                        "failed to parse certificate: both file and bytes are empty; give \"certificateFile\" or"
                                + " \"certificate\"");
            }
            probe(one, "certificateFile", file);
            probe(one, "keyFile", keyFile);
            if (usage != CertificateUsage.VERIFY && keyFile.isEmpty() && key.isEmpty()) {
                report.unusable(one.spot(), "a certificate without its key cannot be served");
            }
        }
        one.beside("certificateFile", "certificate");
        one.beside("keyFile", "key");
        one.withoutEffect("ocspStapling", "oneTimeLoading", "buildChain");
        one.finish();
        return new Certificate(
                usage,
                file.isEmpty() ? null : file,
                file.isEmpty() && !pem.isEmpty() ? String.join("\n", pem) : null,
                keyFile.isEmpty() ? null : keyFile,
                keyFile.isEmpty() && !key.isEmpty() ? String.join("\n", key) : null,
                one.spot().position());
    }

    private void probe(Fields one, String key, String file) {
        if (!file.isEmpty() && !environment.readable(file)) {
            report.error(one.spotOf(key), "cannot read the file " + Words.quoted(file));
        }
    }

    private CertificateUsage usage(Fields one) {
        String word = one.text("usage").toLowerCase(Locale.ROOT);
        return switch (word) {
            case "verify" -> CertificateUsage.VERIFY;
            case "issue" -> CertificateUsage.ISSUE;
            case "", "encipherment" -> CertificateUsage.ENCIPHERMENT;
            default -> {
                report.warning(
                        one.spotOf("usage"),
                        Words.quoted(word) + " is not a usage, \"encipherment\" is used"
                                + Words.didYouMean(word, USAGES));
                yield CertificateUsage.ENCIPHERMENT;
            }
        };
    }
}
