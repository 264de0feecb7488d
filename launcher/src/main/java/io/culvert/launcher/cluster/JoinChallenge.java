package io.culvert.launcher.cluster;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Two members prove to each other that they hold the cluster key before Hazelcast says a word (reliability section 2d.22).
 *
 * <pre>
 * acceptor  → connector   "CVJ1", nonce A (32)
 * connector → acceptor    nonce C (32), HMAC-SHA256(join key, "connector", farm, A, C)
 * acceptor  → connector   HMAC-SHA256(join key, "acceptor", farm, A, C)
 * </pre>
 *
 * The join key is derived from the cluster key. It authenticates; it does not encrypt what follows.
 */
final class JoinChallenge {
    private static final byte[] MAGIC = "CVJ1".getBytes(StandardCharsets.US_ASCII);
    private static final int NONCE_BYTES = 32;
    private static final int MAC_BYTES = 32;
    private static final String HMAC = "HmacSHA256";

    private final SecretKeySpec joinKey;
    private final byte[] farm;
    private final SecureRandom random;

    JoinChallenge(byte[] clusterKey, String farm, SecureRandom random) {
        this.joinKey = new SecretKeySpec(
                mac(new SecretKeySpec(clusterKey, HMAC), "culvert join 1".getBytes(StandardCharsets.US_ASCII)), HMAC);
        this.farm = farm.getBytes(StandardCharsets.UTF_8);
        this.random = random;
    }

    /**
     * The acceptor's part.
     *
     * @throws IOException where the other end does not hold the key, or the streams fail
     */
    void accept(InputStream in, OutputStream out) throws IOException {
        byte[] accepted = nonce();
        out.write(concat(MAGIC, accepted));
        out.flush();
        byte[] answer = readExactly(in, NONCE_BYTES + MAC_BYTES);
        byte[] connected = Arrays.copyOf(answer, NONCE_BYTES);
        check(Arrays.copyOfRange(answer, NONCE_BYTES, answer.length), "connector", accepted, connected);
        out.write(proof("acceptor", accepted, connected));
        out.flush();
    }

    /**
     * The connector's part.
     *
     * @throws IOException where the other end does not hold the key, or the streams fail
     */
    void connect(InputStream in, OutputStream out) throws IOException {
        byte[] hello = readExactly(in, MAGIC.length + NONCE_BYTES);
        if (!Arrays.equals(Arrays.copyOf(hello, MAGIC.length), MAGIC)) {
            throw new IOException("not a member of a guarded farm");
        }
        byte[] accepted = Arrays.copyOfRange(hello, MAGIC.length, hello.length);
        byte[] connected = nonce();
        byte[] answer;
        try {
            out.write(concat(connected, proof("connector", accepted, connected)));
            out.flush();
            answer = readExactly(in, MAC_BYTES);
        } catch (EOFException | SocketException e) {
            // An acceptor that the proof does not convince says nothing: whoever asks may be a stranger.
            throw new IOException(
                    "it closed the connection during the challenge: another cluster.key or farm name?", e);
        }
        check(answer, "acceptor", accepted, connected);
    }

    private void check(byte[] shown, String role, byte[] accepted, byte[] connected) throws IOException {
        if (!MessageDigest.isEqual(shown, proof(role, accepted, connected))) {
            throw new IOException("the other end does not hold the cluster key of this farm");
        }
    }

    private byte[] proof(String role, byte[] accepted, byte[] connected) {
        byte[] length = {(byte) (farm.length >> 8), (byte) farm.length};
        return mac(joinKey, role.getBytes(StandardCharsets.US_ASCII), length, farm, accepted, connected);
    }

    private byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    private static byte[] readExactly(InputStream in, int length) throws IOException {
        byte[] bytes = new byte[length];
        new DataInputStream(in).readFully(bytes);
        return bytes;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static byte[] mac(SecretKeySpec key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
