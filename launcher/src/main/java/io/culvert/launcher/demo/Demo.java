package io.culvert.launcher.demo;

import io.culvert.config.ClusterConfig;
import io.culvert.config.CulvertConfig;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import io.culvert.files.FileFaults;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.StateFolder;
import io.culvert.launcher.cert.Certificates;
import io.culvert.launcher.cert.SelfSigned;
import io.culvert.launcher.link.LinkTransport;
import io.culvert.launcher.link.ShareLink;
import io.culvert.launcher.link.ShareLink.ClientTls;
import io.culvert.launcher.link.VlessLink;
import io.culvert.launcher.link.VmessLink;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * The demo: one user on four inbounds of loopback, and freedom as the way out.
 *
 * @param user the demo user's ID; secret
 * @param certificatePem of the VLESS inbound
 * @param keyPem its key; secret
 * @param ports where the inbounds listen
 */
public record Demo(UUID user, String certificatePem, String keyPem, DemoPorts ports) {
    /** Where everything listens. */
    public static final String HOST = "127.0.0.1";

    /** The demo user. */
    public static final String EMAIL = "demo@culvert";

    /** The name that the certificate is for, besides {@link #HOST}. */
    public static final String SERVER_NAME = "localhost";

    /** What diagnostics call the demo's text. */
    private static final String TEXT = "up";

    private static final String STATE = "demo.json";
    private static final String CERTIFICATE = "cert.pem";
    private static final String KEY = "key.pem";
    private static final Duration VALIDITY = Duration.ofDays(3650);

    /**
     * The demo that a folder remembers; the first time, a new one on ports that are free now. Remembered ports stay
     * remembered, also while one of them is taken: the next link is then the old one again.
     *
     * @throws StartFailure where the folder cannot be written, or holds something else
     */
    public static Demo remembered(StateFolder folder, SecureRandom random) throws StartFailure {
        try {
            if (!folder.has(STATE)) {
                create(folder, random);
            }
            return parse(folder);
        } catch (IOException e) {
            throw new StartFailure("the demo's state cannot be kept: " + FileFaults.of(e));
        } catch (DecodeException | IllegalArgumentException _) {
            throw new StartFailure(
                    folder.resolve(STATE) + " is not what Culvert wrote there; remove it to start with a new user");
        }
    }

    private static Demo parse(StateFolder folder) throws IOException {
        JsonObject state = new JsonObject(folder.read(STATE));
        if (!(state.getValue("user") instanceof String user)
                || !(state.getValue("ports") instanceof JsonObject ports)) {
            throw new DecodeException("user and ports expected");
        }
        return new Demo(
                UUID.fromString(user),
                folder.read(CERTIFICATE),
                folder.read(KEY),
                new DemoPorts(
                        port(ports, "socks"),
                        port(ports, "http"),
                        port(ports, "vmess"),
                        port(ports, "vless"),
                        port(ports, "admin")));
    }

    private static int port(JsonObject ports, String name) {
        if (ports.getValue(name) instanceof Integer port && port > 0 && port < FreePorts.LIMIT) {
            return port;
        }
        throw new DecodeException("a port expected");
    }

    private static void create(StateFolder folder, SecureRandom random) throws IOException, StartFailure {
        SelfSigned certificate = SelfSigned.create(
                new SelfSigned.Request(SERVER_NAME, "Culvert demo", List.of(SERVER_NAME, HOST), false, VALIDITY),
                Instant.now(),
                random);
        DemoPorts ports = new FreePorts(InetAddress.ofLiteral(HOST)).from(DemoPorts.WANTED);
        folder.write(CERTIFICATE, certificate.certificatePem());
        folder.write(KEY, certificate.keyPem());
        // Last, since it is what tells the next start that everything is there.
        write(folder, UUID.randomUUID(), ports);
    }

    private static void write(StateFolder folder, UUID user, DemoPorts ports) throws IOException {
        JsonObject state = new JsonObject()
                .put("user", user.toString())
                .put(
                        "ports",
                        new JsonObject()
                                .put("socks", ports.socks())
                                .put("http", ports.http())
                                .put("vmess", ports.vmess())
                                .put("vless", ports.vless())
                                .put("admin", ports.admin()));
        folder.write(STATE, state.encodePrettily() + "\n");
    }

    /** The same demo with another user, which the folder remembers from now on. */
    public Demo of(UUID other, StateFolder folder) throws StartFailure {
        try {
            write(folder, other, ports);
        } catch (IOException e) {
            throw new StartFailure("the demo's state cannot be kept: " + FileFaults.of(e));
        }
        return new Demo(other, certificatePem, keyPem, ports);
    }

    /** The same demo where an operator wants it. */
    public Demo on(DemoPorts chosen) {
        return new Demo(user, certificatePem, keyPem, chosen);
    }

    /** The same demo on ports that are free now. */
    Demo on(FreePorts free) throws StartFailure {
        return new Demo(user, certificatePem, keyPem, free.from(ports));
    }

    /**
     * The configuration to run.
     *
     * @param cluster the node's section
     */
    public CulvertConfig config(ClusterConfig cluster) {
        LoadResult loaded = ConfigLoader.load(sources(), Environment.ofProcess());
        CulvertConfig read = loaded.config();
        if (read == null) {
            throw new IllegalStateException("the demo's own configuration: " + loaded.diagnostics());
        }
        return new CulvertConfig(
                read.log(),
                read.inbounds(),
                read.outbounds(),
                read.routing(),
                read.policy(),
                cluster,
                read.unsupported());
    }

    /** The text of the configuration, which holds the user and the key, without the node's {@code cluster} section. */
    public List<Source> sources() {
        JsonObject certificate =
                new JsonObject().put("certificate", lines(certificatePem)).put("key", lines(keyPem));
        JsonObject tls = new JsonObject()
                .put("security", "tls")
                .put(
                        "tlsSettings",
                        new JsonObject()
                                .put("serverName", SERVER_NAME)
                                .put("certificates", new JsonArray().add(certificate)));
        JsonObject client = new JsonObject().put("id", user.toString()).put("email", EMAIL);
        JsonArray clients = new JsonArray().add(client);
        JsonObject text = new JsonObject()
                .put("log", new JsonObject().put("loglevel", "warning"))
                .put(
                        "inbounds",
                        new JsonArray()
                                .add(inbound(ports.socks(), "socks", new JsonObject().put("udp", true)))
                                .add(inbound(ports.http(), "http", new JsonObject()))
                                .add(inbound(ports.vmess(), "vmess", new JsonObject().put("clients", clients)))
                                .add(inbound(
                                                ports.vless(),
                                                "vless",
                                                new JsonObject()
                                                        .put("clients", clients)
                                                        .put("decryption", "none"))
                                        .put("streamSettings", tls)))
                .put(
                        "outbounds",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("tag", "direct")
                                        .put("protocol", "freedom")
                                        // Its clients are on loopback: what they may reach by a node of their own, they
                                        // may by any.
                                        .put("settings", new JsonObject().put("allowPrivate", true))));
        return List.of(new Source(TEXT, text.encodePrettily()));
    }

    private static JsonObject inbound(int port, String protocol, JsonObject settings) {
        return new JsonObject()
                .put("listen", HOST)
                .put("port", port)
                .put("protocol", protocol)
                .put("settings", settings);
    }

    private static JsonArray lines(String pem) {
        return new JsonArray(pem.lines().map(String::valueOf).toList());
    }

    /** The VMess link, then the VLESS link. */
    public List<ShareLink> links() throws StartFailure {
        return List.of(
                new VmessLink(EMAIL, HOST, ports.vmess(), user, 0, LinkTransport.TCP, null),
                new VlessLink(
                        EMAIL, HOST, ports.vless(), user, LinkTransport.TCP, new ClientTls(SERVER_NAME, pin(), true)));
    }

    private String pin() throws StartFailure {
        try {
            return Certificates.pin(Certificates.read(certificatePem));
        } catch (CertificateException _) {
            throw new StartFailure("the demo's " + CERTIFICATE + " is not a certificate; remove the state folder");
        }
    }

    @Override
    public String toString() {
        return "Demo[user=***, ports=" + ports + "]";
    }
}
