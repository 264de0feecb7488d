package io.culvert.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The two processes of a pair with several legs between them, and a forwarding port at the client for each leg and target. */
public final class TransportLegs implements AutoCloseable {

    /** What a scenario does through a leg. */
    @FunctionalInterface
    public interface OnLeg {
        void run(Leg leg) throws IOException;
    }

    private static final int LAST_LINES = 60;

    private final Pair pair;
    private final List<Leg> legs;
    private final Certificates certificates = Certificates.create();
    private final Path folder;
    private final NodeConfig serverConfig = new NodeConfig();
    private final NodeConfig clientConfig = new NodeConfig();
    private final Map<Leg, Integer> ports = new LinkedHashMap<>();
    private final Map<Leg, Tap> taps = new LinkedHashMap<>();
    private final Map<List<Object>, Integer> entrances = new HashMap<>();
    private ProxyNode client;
    private ProxyNode server;

    /**
     * Starts both.
     *
     * @param limits the limits of level 0 at both ends
     */
    public TransportLegs(Pair pair, List<Leg> legs, String limits, List<TcpTarget> targets) {
        this(pair, legs, limits, targets, false);
    }

    private TransportLegs(Pair pair, List<Leg> legs, String limits, List<TcpTarget> targets, boolean tapped) {
        this.pair = pair;
        this.legs = legs;
        try {
            folder = Files.createTempDirectory("culvert-it-legs-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        serverConfig.level0(limits).outbound("free", "freedom", "{}");
        clientConfig.level0(limits);
        for (Leg leg : legs) {
            int port = Ports.free();
            ports.put(leg, port);
            addServer(leg, port);
            if (tapped && hasTcpPort(leg)) {
                Tap tap = new Tap(port);
                taps.put(leg, tap);
                addClient(leg, tap.port(), port);
            } else {
                addClient(leg, port, port);
            }
            targets.forEach(target -> addEntrance(leg, target));
        }
        server = ProxyNode.start(pair.server(), serverConfig);
        client = ProxyNode.start(pair.client(), clientConfig);
    }

    /** The same with somebody on every wire of TCP who keeps what the client sends. */
    public static TransportLegs tapped(Pair pair, List<Leg> legs, String limits, List<TcpTarget> targets) {
        return new TransportLegs(pair, legs, limits, targets, true);
    }

    private static boolean hasTcpPort(Leg leg) {
        return !leg.transport().kind().isOverUdp() && leg.transport().listen() == null;
    }

    private void addServer(Leg leg, int port) {
        ProtocolCase protocol = leg.protocol();
        String security = leg.tls() ? certificates.serverSecurity(protocol.alpn()) : "security: 'none'";
        String stream = stream(leg.transport().server(), security, port);
        String listen = leg.transport().listen();
        if (listen == null) {
            serverConfig.inbound(leg.toString(), "127.0.0.1", port, protocol.protocol(), protocol.inbound(), stream);
        } else {
            serverConfig.portless(
                    leg.toString(), filled(listen, port), protocol.protocol(), protocol.inbound(), stream);
        }
    }

    private void addClient(Leg leg, int dialled, int port) {
        ProtocolCase protocol = leg.protocol();
        String security = leg.tls() ? certificates.clientSecurity(protocol.alpn()) : "security: 'none'";
        clientConfig.outbound(
                leg.toString(),
                protocol.protocol(),
                protocol.outbound("127.0.0.1", dialled),
                stream(leg.transport().client(), security, port));
    }

    private void addEntrance(Leg leg, TcpTarget target) {
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

    private String stream(String transport, String security, int port) {
        return "{" + (transport.isEmpty() ? "" : filled(transport, port) + ", ") + security + "}";
    }

    private String filled(String settings, int port) {
        return settings.replace("{path}", file(port).toString()).replace("{name}", "culvert-it-" + port);
    }

    private Path file(int port) {
        return folder.resolve(port + ".sock");
    }

    public Pair pair() {
        return pair;
    }

    public List<Leg> all() {
        return legs;
    }

    public ProxyNode server() {
        return server;
    }

    public ProxyNode client() {
        return client;
    }

    /** Starts the server again, which has been killed, on the same listeners. */
    public void restartServer() {
        server.close();
        if (pair.server() == Program.V2RAY) {
            deleteSockets(); // It does not take over what it has left behind.
        }
        server = ProxyNode.start(pair.server(), serverConfig);
    }

    private void deleteSockets() {
        try {
            for (int port : ports.values()) {
                Files.deleteIfExists(file(port));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a V2Ray again that has ended by a panic, and prints what it said. False where none has. */
    public boolean reviveV2Ray() {
        String said = server.panic() + client.panic();
        if (said.isEmpty()) {
            return false;
        }
        System.err.println(pair + ": the V2Ray has panicked\n" + said);
        if (!server.panic().isEmpty()) {
            restartServer();
        }
        if (!client.panic().isEmpty()) {
            client.close();
            client = ProxyNode.start(pair.client(), clientConfig);
        }
        return true;
    }

    /** What the server listens on for a leg, or null where that is an abstract name, which Java cannot dial. */
    public @Nullable SocketAddress listener(Leg leg) {
        int port = port(leg);
        if (leg.transport().listen() == null) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        }
        return leg.transport().client().contains("{path}") ? UnixDomainSocketAddress.of(file(port)) : null;
    }

    private int port(Leg leg) {
        return Objects.requireNonNull(ports.get(leg), leg::toString);
    }

    /** What the clients of each tapped leg have sent on their first connection. */
    public Map<Leg, byte[]> tapped() {
        Map<Leg, byte[]> sent = new LinkedHashMap<>();
        taps.forEach((leg, tap) -> sent.put(leg, tap.sent(0)));
        return sent;
    }

    /** The client's port that leads through a leg to a target. */
    public int entrance(Leg leg, TcpTarget target) {
        return Objects.requireNonNull(entrances.get(List.of(leg, target)), leg::toString);
    }

    /** A connection through a leg to a target. */
    public Socket connect(Leg leg, TcpTarget target) throws IOException {
        return Clients.connect(entrance(leg, target));
    }

    /** Sends bytes through a leg to an echo, and checks what comes back. */
    public void exchange(Leg leg, TcpTarget echo, long bytes) throws IOException {
        try (Socket socket = connect(leg, echo)) {
            Streams.exchange(socket, bytes);
        }
    }

    /**
     * Moves a leg's amount through it to an echo. Over UDP and with a V2Ray at one end it may be tried twice: of some thousand
     * sessions one over mKCP broke or stood still there, and what it was is not known. {@link SecondTries} prints the first
     * failure with what both nodes have said, and bounds them.
     */
    public void moveAmount(Leg leg, TcpTarget echo, Duration within) {
        int entrance = entrance(leg, echo);
        Runnable moving = XorExchange.named(
                leg,
                () -> XorExchange.run(
                        () -> Clients.connect(entrance),
                        leg.amount().connections(),
                        leg.amount().bytes(),
                        within));
        if (!mayLoseOne(leg)) {
            withLastWords(moving);
            return;
        }
        try {
            withLastWords(moving);
        } catch (AssertionError first) {
            SecondTries.count(pair + ", " + leg, first);
            withLastWords(moving);
        }
    }

    /** Whether a session on a leg may fail once without anybody's fault being known: see {@link #moveAmount}. */
    public boolean mayLoseOne(Leg leg) {
        return pair.client() != pair.server() && leg.transport().kind().isOverUdp();
    }

    /** Does the same on several legs at once; on one that may lose a session a second time where the first fails. */
    public void onEach(List<Leg> some, Duration within, OnLeg act) {
        withLastWords(() -> XorExchange.atOnce(
                some.stream()
                        .map(leg -> XorExchange.named(leg, () -> runOn(leg, act)))
                        .toList(),
                within));
    }

    private void runOn(Leg leg, OnLeg act) throws IOException {
        try {
            act.run(leg);
        } catch (AssertionError | IOException first) {
            if (!mayLoseOne(leg)) {
                throw first;
            }
            SecondTries.count(pair + ", " + leg, first);
            act.run(leg);
        }
    }

    /** A failure names its pair and leg, and shows what both nodes have said last. */
    private void withLastWords(Runnable act) {
        try {
            act.run();
        } catch (AssertionError e) {
            throw new AssertionError(
                    "%s, %s%nclient:%n%s%nserver:%n%s"
                            .formatted(pair, e.getMessage(), lastWords(client), lastWords(server)),
                    e);
        }
    }

    private static String lastWords(ProxyNode node) {
        List<String> lines =
                node.log().lines().filter(line -> !line.contains(" accepted ")).toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    /** Fails where the log of a Culvert shows a fault of its own. */
    public void expectCleanLogs() {
        server.expectCleanLog();
        client.expectCleanLog();
    }

    /** Stops both, and fails where the log of a Culvert shows a fault of its own. */
    @Override
    public void close() {
        try (certificates;
                ProxyNode _ = server;
                ProxyNode _ = client) {
            expectCleanLogs();
        } finally {
            taps.values().forEach(Tap::close);
            deleteFolder();
        }
    }

    private void deleteFolder() {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
