package io.culvert.transport.tls;

import io.culvert.model.Address;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLException;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority that makes a server's certificate for each name that is asked for ({@code "usage": "issue"}). It works
 * off the event loops where the handshake can wait; how many it makes at a time and keeps is bounded, as anybody can ask for any
 * name. Safe for all threads.
 */
public final class CertificateIssuer {
    /** Certificates that are kept; the one that was asked for longest ago goes first. */
    static final int MOST_KEPT = 256;
    /** Certificates that are being made; further clients are refused meanwhile. */
    static final int MOST_AT_A_TIME = 32;
    /** How long a certificate is valid, and for how long it is used. */
    static final Duration VALID = Duration.ofDays(2);

    static final Duration USED = Duration.ofDays(1);

    private static final Duration BACKDATED = Duration.ofHours(1);
    private static final int SERIAL_BITS = 127;
    /** Who names nothing is served, too. */
    private static final String NAMELESS = "localhost";

    /** Makes a server's context of a key and a chain. */
    public interface Contexts {
        SslContext of(PrivateKey key, X509Certificate... chain) throws SSLException;
    }

    private record Issued(SslContext context, Instant until) {}

    private final X509Certificate authority;
    private final PrivateKey authorityKey;
    private final Contexts contexts;
    private final SecureRandom random = new SecureRandom();
    private final Semaphore atWork = new Semaphore(MOST_AT_A_TIME);
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Issued> kept = new LinkedHashMap<>(16, 0.75f, true);

    CertificateIssuer(X509Certificate authority, PrivateKey authorityKey, Contexts contexts) {
        this.authority = authority;
        this.authorityKey = authorityKey;
        this.contexts = contexts;
    }

    /**
     * The context for a name.
     *
     * @param asked in lower case; empty for none
     * @param result fails where the name is none, or too many are being made
     */
    void issue(String asked, Promise<SslContext> result) {
        String name = asked.isEmpty() ? NAMELESS : asked;
        SslContext known = known(name);
        if (known != null) {
            result.setSuccess(known);
        } else if (!Address.isDomain(name) || !atWork.tryAcquire()) {
            result.setFailure(new SSLException("no certificate for this name now"));
        } else {
            ForkJoinPool.commonPool().execute(() -> {
                try {
                    result.trySuccess(make(name));
                } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
                    result.tryFailure(new SSLException("no certificate for this name", e));
                } finally {
                    atWork.release();
                }
            });
        }
    }

    /**
     * The same for handshakes that cannot wait. A name that is new takes about a millisecond of the caller's time: a pair of
     * keys on a curve, and a signature.
     *
     * @return null where the name is none, or the authority's key does not sign
     */
    public @Nullable SslContext issueNow(String asked) {
        String name = asked.isEmpty() ? NAMELESS : asked;
        SslContext known = known(name);
        if (known != null || !Address.isDomain(name)) {
            return known;
        }
        try {
            return make(name);
        } catch (GeneralSecurityException | OperatorCreationException | IOException _) {
            return null; // refused like a name that is none; at the start the key was found to sign
        }
    }

    private @Nullable SslContext known(String name) {
        lock.lock();
        try {
            Issued found = kept.get(name);
            return found != null && Instant.now().isBefore(found.until) ? found.context : null;
        } finally {
            lock.unlock();
        }
    }

    private SslContext make(String name) throws GeneralSecurityException, OperatorCreationException, IOException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        KeyPair keys = generator.generateKeyPair();
        SslContext made = contexts.of(keys.getPrivate(), sign(name, keys), authority);
        lock.lock();
        try {
            kept.put(name, new Issued(made, Instant.now().plus(USED)));
            if (kept.size() > MOST_KEPT) {
                kept.remove(kept.keySet().iterator().next());
            }
            return made;
        } finally {
            lock.unlock();
        }
    }

    private X509Certificate sign(String name, KeyPair keys)
            throws GeneralSecurityException, OperatorCreationException, IOException {
        Instant now = Instant.now();
        X500Principal subject = new X500Principal(new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, name)
                .build()
                .getEncoded());
        var builder = new JcaX509v3CertificateBuilder(
                        authority.getSubjectX500Principal(),
                        new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE),
                        Date.from(now.minus(BACKDATED)),
                        Date.from(now.plus(VALID)),
                        subject,
                        keys.getPublic())
                .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                .addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
        String algorithm = switch (authorityKey.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "EdDSA" -> "Ed25519";
            case String other -> "SHA256with" + other;
        };
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(algorithm).build(authorityKey)));
    }
}
