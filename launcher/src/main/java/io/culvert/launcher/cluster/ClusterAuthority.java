package io.culvert.launcher.cluster;

import io.culvert.launcher.cert.Issuer;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.regex.Pattern;

/** Makes the secrets of a farm: its CA, its cluster key, and a certificate for each node. */
public final class ClusterAuthority {
    static final String CA_CERTIFICATE = "ca.pem";
    static final String CA_KEY = "ca.key";
    static final String CLUSTER_KEY = "cluster.key";
    static final String NODE_CERTIFICATE = "node.pem";
    static final String NODE_KEY = "node.key";
    /** The length of the cluster key, in bytes. */
    static final int KEY_BYTES = 32;

    private static final Duration CA_VALIDITY = Duration.ofDays(3650);
    private static final Duration NODE_VALIDITY = Duration.ofDays(1825);
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    private final Path folder;
    private final SecureRandom random;

    /** @param folder where the CA's files are, or will be */
    public ClusterAuthority(Path folder, SecureRandom random) {
        this.folder = folder;
        this.random = random;
    }

    /** Whether a text may name a node: lower-case letters, digits and hyphens, at most 63. */
    public static boolean isNodeName(String text) {
        return NAME.matcher(text).matches();
    }

    /** Whether the folder holds a CA already. */
    public boolean exists() {
        return Files.exists(folder.resolve(CA_CERTIFICATE));
    }

    /**
     * Makes CA, cluster key and the first node's certificate.
     *
     * @throws FileAlreadyExistsException where the folder holds one of them already; nothing is overwritten
     */
    public void init(String node, Instant now) throws IOException {
        writeNode(initWithoutNode(now), folder, node, now);
    }

    /**
     * Makes CA and cluster key, for a machine that is no node: the CA's key then lies beside no node's secrets.
     *
     * @return the CA
     * @throws FileAlreadyExistsException where the folder holds one of them already; nothing is overwritten
     */
    public Issuer initWithoutNode(Instant now) throws IOException {
        SecretFiles.makeFolder(folder);
        Issuer ca = Issuer.create("Culvert farm", CA_VALIDITY, now, random);
        SecretFiles.write(folder.resolve(CA_CERTIFICATE), ca.certificatePem());
        SecretFiles.write(folder.resolve(CA_KEY), ca.keyPem());
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        SecretFiles.write(folder.resolve(CLUSTER_KEY), Base64.getEncoder().encodeToString(key) + "\n");
        return ca;
    }

    /**
     * Makes a folder, named like the node, with all that another machine needs; the CA's key is not among it.
     *
     * @return the new folder
     * @throws FileAlreadyExistsException where that node has one already
     * @throws IOException where the CA cannot be read
     */
    public Path issue(String node, Instant now) throws IOException {
        Issuer ca =
                Issuer.read(Files.readString(folder.resolve(CA_CERTIFICATE)), Files.readString(folder.resolve(CA_KEY)));
        Path target = folder.resolve(node);
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        SecretFiles.makeFolder(target);
        SecretFiles.write(target.resolve(CA_CERTIFICATE), ca.certificatePem());
        SecretFiles.write(target.resolve(CLUSTER_KEY), Files.readString(folder.resolve(CLUSTER_KEY)));
        writeNode(ca, target, node, now);
        return target;
    }

    private void writeNode(Issuer ca, Path target, String node, Instant now) throws IOException {
        Issuer.Issued made = ca.issue(node, NODE_VALIDITY, now, random);
        SecretFiles.write(target.resolve(NODE_CERTIFICATE), made.certificatePem());
        SecretFiles.write(target.resolve(NODE_KEY), made.keyPem());
    }
}
