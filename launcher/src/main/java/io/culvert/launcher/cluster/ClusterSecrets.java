package io.culvert.launcher.cluster;

import io.culvert.launcher.cert.Certificates;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;

/** What a node shows and asks for: read whole at start, never shown in a text. */
public final class ClusterSecrets {
    private final String node;
    private final String caPem;
    private final String certificatePem;
    private final String keyPem;
    private final byte[] clusterKey;

    private ClusterSecrets(String node, String caPem, String certificatePem, String keyPem, byte[] clusterKey) {
        this.node = node;
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
        return new ClusterSecrets(nodeOf(certificateFile, certificate, ca, now), ca, certificate, key, clusterKey);
    }

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

    private static String nodeOf(Path file, String certificatePem, String caPem, Instant now) throws ClusterFailure {
        try {
            X509Certificate certificate = Certificates.read(certificatePem);
            certificate.verify(Certificates.read(caPem).getPublicKey());
            certificate.checkValidity(Date.from(now));
            String name = Certificates.firstName(certificate);
            if (ClusterAuthority.isNodeName(name)) {
                return name;
            }
            throw new ClusterFailure(file + " is for \"" + name + "\", which is no name of a node");
        } catch (GeneralSecurityException e) {
            throw new ClusterFailure(file + " is not a valid certificate of the farm's CA: " + e.getMessage());
        }
    }

    /** The name that the node's certificate gives it. */
    public String node() {
        return node;
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
