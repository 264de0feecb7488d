package io.culvert.it.harness;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** Somebody on the network of a farm who is not of the farm. */
public final class Stranger {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int MOST_HEARD = 4_096;
    private static final int BLOCK = 256 * 1024;

    private final Machines.Machine machine;

    public Stranger(Machines.Machine machine) {
        this.machine = machine;
    }

    /**
     * What became of a connection.
     *
     * @param bytes how many came back, behind TLS where there was some
     * @param ended whether the other end ended it
     */
    public record Heard(int bytes, boolean ended) {
        @Override
        public String toString() {
            return bytes + " bytes, " + (ended ? "then the end" : "and no end");
        }
    }

    /**
     * Connects, says something and zeroes behind it, and listens until the other end has ended the connection.
     *
     * @param tls null for clear text
     * @param padding how many zeroes follow
     */
    public Heard say(
            InetSocketAddress to,
            @Nullable SSLContext tls,
            String protocol,
            byte[] said,
            long padding,
            Duration within) {
        return Inside.of(machine, () -> {
            ByteArrayOutputStream heard = new ByteArrayOutputStream();
            boolean ended = true;
            try (Socket socket = connect(to, tls, protocol)) {
                socket.setSoTimeout((int) within.toMillis());
                Thread.ofPlatform().daemon().start(() -> send(socket, said, padding));
                InputStream in = socket.getInputStream();
                byte[] block = new byte[MOST_HEARD];
                for (int read = in.read(block); read >= 0 && heard.size() < MOST_HEARD; read = in.read(block)) {
                    heard.write(block, 0, read);
                }
            } catch (java.net.SocketTimeoutException _) {
                ended = false;
            } catch (IOException _) {
                // Reset, or refused within TLS: an end as well.
            }
            return new Heard(heard.size(), ended);
        });
    }

    private static void send(Socket socket, byte[] said, long padding) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(said);
            byte[] zeroes = new byte[BLOCK];
            for (long left = padding; left > 0; left -= BLOCK) {
                out.write(zeroes);
            }
            out.flush();
        } catch (IOException _) {
            // The reading end of the same connection sees its end.
        }
    }

    private static Socket connect(InetSocketAddress to, @Nullable SSLContext tls, String protocol) throws IOException {
        Socket socket = new Socket();
        socket.connect(to, CONNECT_MILLIS);
        if (tls == null) {
            return socket;
        }
        SSLSocket secured =
                (SSLSocket) tls.getSocketFactory().createSocket(socket, to.getHostString(), to.getPort(), true);
        secured.setEnabledProtocols(new String[] {"TLSv1.3"});
        var parameters = secured.getSSLParameters();
        parameters.setApplicationProtocols(protocol.isEmpty() ? new String[0] : new String[] {protocol});
        secured.setSSLParameters(parameters);
        return secured;
    }

    /** Opens connections and says nothing on them; the caller closes those that have been taken. */
    public List<Socket> connections(InetSocketAddress to, List<String> from, int each) {
        return Inside.of(machine, () -> {
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < each; i++) {
                for (String address : from) {
                    Socket socket = new Socket();
                    socket.bind(new InetSocketAddress(address, 0));
                    try {
                        socket.connect(to, CONNECT_MILLIS);
                        open.add(socket);
                    } catch (SocketException _) {
                        // Turned away on the spot, as one of a crowd may be.
                        socket.close();
                    }
                }
            }
            return open;
        });
    }

    /**
     * A client that trusts everybody.
     *
     * @param folder holds a node's certificate and key to show, or null for a client without any
     */
    public static SSLContext tls(@Nullable Path folder, TrustManager trust) {
        try {
            KeyManager[] keys = null;
            if (folder != null) {
                KeyStore store = KeyStore.getInstance("PKCS12");
                store.load(null, null);
                char[] password = "".toCharArray();
                store.setKeyEntry(
                        "node", key(folder), password, new Certificate[] {certificate(folder.resolve("node.pem"))});
                KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                factory.init(store, password);
                keys = factory.getKeyManagers();
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Certificate certificate(Path file) throws GeneralSecurityException, IOException {
        return CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
    }

    private static PrivateKey key(Path folder) throws GeneralSecurityException, IOException {
        String pem = Files.readString(folder.resolve("node.key"), StandardCharsets.US_ASCII);
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
    }
}
