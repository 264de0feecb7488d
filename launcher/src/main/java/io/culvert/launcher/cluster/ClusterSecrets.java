package io.culvert.launcher.cluster;

import io.culvert.launcher.cert.Certificates;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** What a node shows and asks for: read whole at start, never shown in a text. */
public final class ClusterSecrets {
    private final String node;
    private final String caPem;
    private final String certificatePem;
    private final String keyPem;
    private final byte[] clusterKey;
    private final Instant notAfter;

    private ClusterSecrets(Owner owner, String caPem, String certificatePem, String keyPem, byte[] clusterKey) {
        this.node = owner.node;
        this.notAfter = owner.notAfter;
        this.caPem = caPem;
        this.certificatePem = certificatePem;
        this.keyPem = keyPem;
        this.clusterKey = clusterKey;
    }

    /**
     * Reads a node's folder. Blocks.
     *
     * @throws ClusterFailure where a file is missing, readable for others, or not what it should be; where the certificate is
     *     not valid now or not of the CA
     */
    public static ClusterSecrets read(Path folder, Instant now) throws ClusterFailure {
        Path certificateFile = folder.resolve(ClusterAuthority.NODE_CERTIFICATE);
        String ca = SecretFiles.read(folder.resolve(ClusterAuthority.CA_CERTIFICATE));
        String certificate = SecretFiles.read(certificateFile);
        String key = SecretFiles.read(folder.resolve(ClusterAuthority.NODE_KEY));
        byte[] clusterKey = clusterKey(folder.resolve(ClusterAuthority.CLUSTER_KEY));
        return new ClusterSecrets(ownerOf(certificateFile, certificate, ca, now), ca, certificate, key, clusterKey);
    }

    private record Owner(String node, Instant notAfter) {}

    private static byte[] clusterKey(Path file) throws ClusterFailure {
        try {
            byte[] key = Base64.getDecoder().decode(SecretFiles.read(file).strip());
            if (key.length == ClusterAuthority.KEY_BYTES) {
                return key;
            }
        } catch (IllegalArgumentException _) {
            // Said below, like a key of another length.
        }
        throw new ClusterFailure(file + " is not a cluster key: " + ClusterAuthority.KEY_BYTES + " bytes in Base64");
    }

    private static Owner ownerOf(Path file, String certificatePem, String caPem, Instant now) throws ClusterFailure {
        try {
            X509Certificate certificate = Certificates.read(certificatePem);
            certificate.verify(Certificates.read(caPem).getPublicKey());
            certificate.checkValidity(Date.from(now));
            String name = Certificates.firstName(certificate);
            if (ClusterAuthority.isNodeName(name)) {
                return new Owner(name, certificate.getNotAfter().toInstant());
            }
            throw new ClusterFailure(file + " is for \"" + name + "\", which is no name of a node");
        } catch (GeneralSecurityException e) {
            throw new ClusterFailure(file + " is not a valid certificate of the farm's CA: " + reason(e));
        }
    }

    /** Java's own words name its classes where a certificate cannot be read. */
    private static String reason(GeneralSecurityException fault) {
        return switch (fault) {
            case CertificateExpiredException _ -> "it has expired";
            case CertificateNotYetValidException _ -> "it is not valid yet; is this machine's clock right?";
            case CertificateException _ -> "it, or the CA's, cannot be read";
            default -> "another CA signed it";
        };
    }

    /** The name that the node's certificate gives it. */
    public String node() {
        return node;
    }

    /** Until when the node's certificate is valid. */
    public Instant notAfter() {
        return notAfter;
    }

    /** What tells a certificate and its key from others. */
    String fingerprint() {
        return fingerprint(caPem, certificatePem, keyPem);
    }

    /** That of the files in a folder as they are now; nothing is checked. Blocks. */
    static String fingerprint(Path folder) throws ClusterFailure {
        return fingerprint(
                SecretFiles.read(folder.resolve(ClusterAuthority.CA_CERTIFICATE)),
                SecretFiles.read(folder.resolve(ClusterAuthority.NODE_CERTIFICATE)),
                SecretFiles.read(folder.resolve(ClusterAuthority.NODE_KEY)));
    }

    private static String fingerprint(String ca, String certificate, String key) {
        try {
            byte[] all = String.join("\0", ca, certificate, key).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Why other secrets cannot take the place of these while the node runs, or null where they can. */
    @Nullable
    String differenceTo(ClusterSecrets other) {
        if (!other.node.equals(node)) {
            return "the certificate is for node " + other.node + ", and this is " + node;
        }
        if (!other.caPem.strip().equals(caPem.strip())) {
            return "the CA is another one";
        }
        return MessageDigest.isEqual(other.clusterKey, clusterKey) ? null : "the cluster key is another one";
    }

    /** The CA's certificate. */
    public String caPem() {
        return caPem;
    }

    /** The node's certificate. */
    public String certificatePem() {
        return certificatePem;
    }

    /** The node's key, PKCS#8. */
    public String keyPem() {
        return keyPem;
    }

    /** The cluster key: {@value ClusterAuthority#KEY_BYTES} bytes, a copy. */
    public byte[] clusterKey() {
        return clusterKey.clone();
    }

    @Override
    public String toString() {
        return "ClusterSecrets[" + node + "]";
    }
}
