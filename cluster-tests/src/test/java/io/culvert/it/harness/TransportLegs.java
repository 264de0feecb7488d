package io.culvert.it.harness;

import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The two processes of a pair with every transport between them, and a forwarding port at the client for each transport and
 * target. What a program of the pair has not got is left out of both, and named by {@link #require}.
 */
public final class TransportLegs implements AutoCloseable {

    /** What is between the two nodes. */
    public record Leg(TransportCase transport, boolean tls, ProtocolCase protocol) {

        /** Every leg that the programs of a pair are to have. */
        public static Stream<Leg> all(Pair pair) {
            boolean newer = pair.equals(new Pair(Program.CULVERT, Program.CULVERT));
            return Arrays.stream(TransportCase.values())
                    .filter(transport -> newer || transport.isOfV2Ray())
                    .flatMap(transport -> Stream.of(false, true)
                            .filter(tls -> tls || transport.goesWithoutTls())
                            .flatMap(tls -> Stream.of(ProtocolCase.VMESS_AES_128_GCM, ProtocolCase.VLESS)
                                    .map(protocol -> new Leg(transport, tls, protocol))));
        }

        @Override
        public String toString() {
            return protocol + " over " + transport + (tls ? " with TLS" : "");
        }
    }

    private final Pair pair;
    private final Certificates certificates = Certificates.create();
    private final Path folder;
    private final NodeConfig serverConfig = new NodeConfig();
    private final NodeConfig clientConfig = new NodeConfig();
    private final Map<Leg, Integer> ports = new LinkedHashMap<>();
    private final Map<Leg, String> absent = new HashMap<>();
    private final Map<List<Object>, Integer> entrances = new HashMap<>();
    private final ProxyNode server;
    private final ProxyNode client;

    /**
     * Starts both.
     *
     * @param limits the limits of level 0 at both ends
     */
    public TransportLegs(Pair pair, String limits, List<TcpTarget> targets) {
        this.pair = pair;
        try {
            folder = Files.createTempDirectory("culvert-it-ds-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        serverConfig.level0(limits).outbound("free", "freedom", "{}");
        clientConfig.level0(limits);
        Leg.all(pair).forEach(leg -> add(leg, targets));
        server = ProxyNode.start(pair.server(), serverConfig);
        client = ProxyNode.start(pair.client(), clientConfig);
    }

    private void add(Leg leg, List<TcpTarget> targets) {
        int port = Ports.free();
        if (pair.server() == Program.CULVERT) {
            addServer(leg, port, new NodeConfig().outbound("free", "freedom", "{}"), true);
        }
        if (pair.client() == Program.CULVERT) {
            addClient(leg, port, new NodeConfig(), true);
        }
        if (absent.containsKey(leg)) {
            return;
        }
        ports.put(leg, port);
        addServer(leg, port, serverConfig, false);
        addClient(leg, port, clientConfig, false);
        for (TcpTarget target : targets) {
            int entrance = Ports.free();
            entrances.put(List.of(leg, target), entrance);
            String tag = leg + " to " + target.port();
            clientConfig
                    .inbound(
                            tag,
                            entrance,
                            "dokodemo-door",
                            "{address: '127.0.0.1', port: %d, network: 'tcp,udp'}".formatted(target.port()))
                    .route(tag, leg.toString());
        }
    }

    private void addServer(Leg leg, int port, NodeConfig config, boolean alone) {
        String security = leg.tls ? ", " + certificates.serverSecurity("") : "";
        String stream = "{" + leg.transport.settings(folder, port) + security + "}";
        config.inbound(leg.toString(), "127.0.0.1", port, leg.protocol.protocol(), leg.protocol.inbound(), stream);
        if (alone) {
            askCulvert(leg, config);
        }
    }

    private void addClient(Leg leg, int port, NodeConfig config, boolean alone) {
        String security = leg.tls ? ", " + certificates.clientSecurity("") : "";
        String stream = "{" + leg.transport.settings(folder, port) + security + "}";
        config.outbound(leg.toString(), leg.protocol.protocol(), leg.protocol.outbound("127.0.0.1", port), stream);
        if (alone) {
            askCulvert(leg, config);
        }
    }

    /** Asks what {@code culvert test} asks: a configuration that is refused or would not run as written is not there yet. */
    private void askCulvert(Leg leg, NodeConfig config) {
        LoadResult result = ConfigLoader.load(List.of(new Source("leg.json", config.json())), Environment.ofProcess());
        if (result.config() == null) {
            throw new AssertionError(leg + " is refused: " + result.diagnostics());
        }
        result.config().unsupported().forEach(one -> absent.putIfAbsent(leg, one.what()));
    }

    public Pair pair() {
        return pair;
    }

    public ProxyNode server() {
        return server;
    }

    public ProxyNode client() {
        return client;
    }

    /** The legs that both programs of the pair have. */
    public List<Leg> present() {
        return List.copyOf(ports.keySet());
    }

    /** Skips the test, saying so, where a program of the pair has not got the leg. */
    public void require(Leg leg) {
        Assumptions.assumeFalse(absent.containsKey(leg), () -> "skipped: Culvert has not got " + absent.get(leg));
    }

    /** What the server listens on for a leg. */
    public SocketAddress listener(Leg leg) {
        int port = Objects.requireNonNull(ports.get(leg));
        return leg.transport == TransportCase.DOMAIN_SOCKET
                ? UnixDomainSocketAddress.of(TransportCase.socketFile(folder, port))
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** The client's port that leads through a leg to a target. */
    public int entrance(Leg leg, TcpTarget target) {
        return Objects.requireNonNull(entrances.get(List.of(leg, target)), leg::toString);
    }

    /** A connection through a leg to a target. */
    public Socket connect(Leg leg, TcpTarget target) throws IOException {
        return Clients.connect(entrance(leg, target));
    }

    /** Fails where the log of a Culvert shows a fault of its own; stops both. */
    @Override
    public void close() {
        try (certificates;
                server;
                client) {
            server.expectCleanLog();
            client.expectCleanLog();
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
