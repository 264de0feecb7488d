package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.TicketKey;
import io.culvert.it.harness.Admin;
import io.culvert.it.harness.Await;
import io.culvert.it.harness.Busy;
import io.culvert.it.harness.FarmRig;
import io.culvert.it.harness.Insider;
import io.culvert.it.harness.Ledger;
import io.culvert.it.harness.Load;
import io.culvert.it.harness.Machines;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Stranger;
import io.culvert.it.harness.Stranger.Heard;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.Trial;
import io.culvert.it.harness.XorExchange;
import io.culvert.launcher.cluster.ClusterAuthority;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionFailure;
import io.culvert.model.Ticket;
import io.culvert.model.UserRef;
import io.culvert.transport.link.LinkSecurity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A farm on a network of its own, and others on that network who are not of it (reliability sections 2d.22 to 2d.24): nobody
 * joins, nothing is opened, no memory is held, and sessions do not notice.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FarmRogueIT {
    private static final int SOCKS = 1080;
    private static final int HAZELCAST = 5701;
    private static final int BUS = 7442;
    private static final int LINK = 7443;
    private static final String NO_ALPN = "";
    private static final int MIB = 1024 * 1024;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration STARTS_WITHIN = Duration.ofSeconds(30);
    /** Every port leaves a stranger within 5 s; the rest is for a machine that does ten things at once. */
    private static final Duration LEFT_WITHIN = Duration.ofSeconds(15);

    private static final long MOST_HEAP_GROWTH = 8L * MIB;
    private static final long MOST_RESIDENT_GROWTH_KIB = 64 * 1024;
    private static final List<String> NODES = List.of("router", "exit", "edge");

    /** A ping of the event bus, which answers it to anyone who gets so far: version 2, codec 1, address and sender. */
    private static final byte[] PING = HexFormat.of()
            .parseHex("0000001b" + "02" + "01" + "00" + "00000004" + "70696e67" + "00000000" + "00000004" + "6e6f6465"
                    + "00000004");

    private static final byte[] BUS_2_GIB = HexFormat.of().parseHex("7fffffff0201");
    private static final byte[] HAZELCAST_2_GIB =
            HexFormat.of().parseHex("485a43" + "04" + "0000" + "00000000" + "7fffffff");
    private static final byte[] HTTP_2 =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\u007f".getBytes(StandardCharsets.ISO_8859_1);

    private final Machines machines = Machines.create();
    private final FarmRig farm = new FarmRig(machines);
    private final InetAddress host = InetAddress.ofLiteral(machines.hostAddress());
    private final Ledger ledger = new Ledger(host);
    /** Where strangers try to get to. */
    private final TcpTarget trap = new TcpTarget(
            host, 0, (_, connection) -> connection.getInputStream().readAllBytes());

    @TempDir
    private Path folder = Path.of("");

    @BeforeAll
    void start() {
        farm.add("router", "'router'", FarmRig.plain())
                .add("exit", "'egress'", FarmRig.plain())
                .add(
                        "edge",
                        "'ingress'",
                        FarmRig.plain().inbound("socks", farm.address("edge"), SOCKS, "socks", "{}", "{}"));
        farm.start();
    }

    @AfterAll
    void stop() {
        trap.close();
        ledger.close();
        farm.close();
        machines.close();
    }

    private Trial trial(String name) {
        InetSocketAddress proxy = new InetSocketAddress(farm.address("edge"), SOCKS);
        return new Trial(farm, "edge", proxy, name, ledger, 1);
    }

    /** Ends the load: it has not noticed anything, the farm is as it was, and nothing has been opened for anybody else. */
    private void expectUntouched(Trial trial) {
        assertThat(Load.lost(trial.finish())).isEmpty();
        for (String node : NODES) {
            assertThat(names(farm.node(node)))
                    .as("whom %s knows", node)
                    .containsExactlyInAnyOrderElementsOf(farm.live());
        }
        assertThat(trap.accepted()).as("what was opened for strangers").isZero();
    }

    private static List<String> names(ProxyNode node) {
        try (Admin admin = node.admin()) {
            List<String> names = new ArrayList<>();
            admin.get("/api/nodes")
                    .body()
                    .forEach(one -> names.add(one.path("name").asText()));
            return names;
        }
    }

    /** Another farm's node, a node that has lost its key, and a plain Hazelcast: all of them know how the farm is called. */
    @Test
    void nobody_joins_without_the_cluster_key() throws Exception {
        Path other = folder.resolve("other");
        ClusterAuthority authority = new ClusterAuthority(other, new SecureRandom());
        authority.init("foreign", Instant.now());
        Path keyless = farm.issue("keyless");
        Files.copy(other.resolve("cluster.key"), keyless.resolve("cluster.key"), StandardCopyOption.REPLACE_EXISTING);
        try (Trial trial = trial("joins");
                ProxyNode foreign = rogue("rogue-1", other);
                ProxyNode insider = rogue("rogue-2", keyless);
                Running plain = plainHazelcast("rogue-3")) {
            for (String rogue : List.of("rogue-1", "rogue-2", "rogue-3")) {
                String refused =
                        "a connection of " + machines.machine(rogue).address() + " to the cluster port was refused";
                Await.until(
                        MINUTE,
                        () -> refused + "\n" + farm.logs() + plain.output(),
                        () -> NODES.stream()
                                .anyMatch(node -> farm.node(node).log().contains(refused)));
            }
            assertThat(names(foreign)).containsExactly("foreign");
            assertThat(names(insider)).containsExactly("keyless");
            expectUntouched(trial);
        }
    }

    private ProxyNode rogue(String machine, Path secrets) {
        Machines.Machine own = machines.machine(machine);
        String cluster = farm.cluster("router", "'router'")
                .replace("bind: '" + farm.address("router"), "bind: '" + own.address())
                .replaceAll("secrets: '.*'", "secrets: '" + secrets + "'")
                .replace("roles: ['router']", "roles: ['router', 'egress']");
        NodeConfig config = FarmRig.plain().section("log", "{loglevel: 'info'}").section("cluster", cluster);
        return ProxyNode.startMember(config, own.inside(), own.address());
    }

    private record Running(Process process, Path log) implements AutoCloseable {
        String output() {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                return e.toString();
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private Running plainHazelcast(String machine) throws IOException {
        Machines.Machine own = machines.machine(machine);
        Path file = Files.writeString(folder.resolve("hazelcast.yaml"), """
                hazelcast:
                  cluster-name: %s
                  network:
                    port: {port: 5701, auto-increment: false}
                    interfaces: {enabled: true, interfaces: ["%s"]}
                    join:
                      multicast: {enabled: false}
                      tcp-ip: {enabled: true, member-list: ["%s:5701", "%s:5701"]}
                """.formatted(
                        farm.name(), own.address(), farm.address("router"), farm.address("exit")));
        Path log = folder.resolve("hazelcast.log");
        List<String> command = new ArrayList<>(own.inside());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-Dhazelcast.config=" + file,
                "-Dhazelcast.phone.home.enabled=false",
                "-cp",
                System.getProperty("java.class.path"),
                "com.hazelcast.core.server.HazelcastMemberStarter"));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return new Running(process, log);
    }

    /** What a stranger says, in clear or behind a TLS handshake that shows no certificate or another farm's. */
    @Test
    void whatever_strangers_say_is_not_listened_to_and_not_kept() throws Exception {
        Path other = folder.resolve("third");
        new ClusterAuthority(other, new SecureRandom()).init("exit", Instant.now());
        Map<String, SSLContext> ways = new TreeMap<>(Map.of(
                "without a certificate", Stranger.tls(null, new TrustsAll()),
                "another CA", Stranger.tls(other, new TrustsAll())));
        Map<String, byte[]> words = Map.of(
                "a ping of the bus", PING,
                "2 GiB of the bus", BUS_2_GIB,
                "2 GiB of Hazelcast", HAZELCAST_2_GIB,
                "HTTP/2", HTTP_2);
        Stranger stranger = new Stranger(machines.machine("rogue-4"));
        InetSocketAddress bus = new InetSocketAddress(farm.address("exit"), BUS);
        // Whoever holds a certificate of the farm is answered: the frame is a good one.
        assertThat(stranger.say(
                                bus,
                                Stranger.tls(farm.issue("witness"), new TrustsAll()),
                                NO_ALPN,
                                PING,
                                0,
                                LEFT_WITHIN.dividedBy(5))
                        .bytes())
                .isPositive();
        try (Trial trial = trial("words")) {
            ProxyNode victim = farm.node("exit");
            long heap = victim.liveHeapBytes();
            long resident = victim.residentKib();
            ConcurrentLinkedQueue<String> answered = new ConcurrentLinkedQueue<>();
            List<Runnable> attacks = new ArrayList<>();
            words.forEach((what, said) -> {
                for (int port : List.of(HAZELCAST, BUS, LINK)) {
                    attacks.add(() -> attack(stranger, what + " to " + port, port, null, said, answered));
                }
                for (int port : List.of(BUS, LINK)) {
                    ways.forEach((how, tls) -> attacks.add(
                            () -> attack(stranger, what + " to " + port + ", " + how, port, tls, said, answered)));
                }
            });
            XorExchange.atOnce(attacks, MINUTE);
            assertThat(answered).isEmpty();
            long grown = victim.liveHeapBytes() - heap;
            System.out.println("  the heap has grown by " + grown / 1024 + " KiB, the resident set by "
                    + (victim.residentKib() - resident) + " KiB");
            assertThat(grown).isLessThan(MOST_HEAP_GROWTH);
            assertThat(victim.residentKib() - resident).isLessThan(MOST_RESIDENT_GROWTH_KIB);
            expectUntouched(trial);
        }
    }

    private void attack(
            Stranger stranger,
            String what,
            int port,
            @Nullable SSLContext tls,
            byte[] said,
            ConcurrentLinkedQueue<String> answered) {
        InetSocketAddress to = new InetSocketAddress(farm.address("exit"), port);
        String alpn = port == LINK ? LinkSecurity.PROTOCOL : NO_ALPN;
        Heard heard = stranger.say(to, tls, alpn, said, 8L * MIB, LEFT_WITHIN);
        // In clear a port may say what it always says: Hazelcast's its challenge of 36 bytes, TLS an alert of 7.
        int most = tls != null ? 0 : port == HAZELCAST ? 36 : 7;
        if (!heard.ended() || heard.bytes() > most) {
            answered.add(what + ": " + heard);
        }
    }

    /** Whoever holds a node's certificate and no cluster key cannot have an egress open anything. */
    @Test
    void no_order_is_run_without_a_ticket_that_is_its_own_new_and_unused() throws IOException {
        String exit = farm.id("exit", "router");
        InetSocketAddress link = new InetSocketAddress(farm.address("exit"), LINK);
        TicketKey key = TicketKey.of(Base64.getDecoder()
                .decode(Files.readString(farm.secrets().resolve("cluster.key")).strip()));
        TicketKey forged = TicketKey.of(new byte[TicketKey.CLUSTER_KEY_BYTES]);
        long now = System.currentTimeMillis();
        try (Trial trial = trial("tickets");
                TcpTarget once = new TcpTarget(
                        host, 0, (_, connection) -> connection.getInputStream().readAllBytes());
                Insider insider = new Insider(machines.machine("rogue-5"), "insider.0000aaaa", farm.issue("insider"))) {
            Map<String, Double> before = outcomes(trial);
            SessionDescriptor mine = insider.session(trap.address());
            assertRefused(insider.order(link, exit, mine, "direct", insider.ticket(forged, mine, exit, "direct", now)));
            SessionDescriptor late = insider.session(trap.address());
            assertRefused(
                    insider.order(link, exit, late, "direct", insider.ticket(key, late, exit, "direct", now - 16_000)));
            SessionDescriptor astray = insider.session(trap.address());
            assertRefused(insider.order(
                    link, exit, astray, "direct", insider.ticket(key, astray, "exit.ffffffff", "direct", now)));

            SessionDescriptor good = insider.session(once.address());
            Ticket ticket = insider.ticket(key, good, exit, "direct", now);
            SessionDescriptor elsewhere = new SessionDescriptor(
                    good.id(),
                    good.ingressNode(),
                    good.inboundTag(),
                    good.source(),
                    Insider.destination(trap.address()),
                    good.origin(),
                    null,
                    null);
            SessionDescriptor asRoot = new SessionDescriptor(
                    good.id(),
                    good.ingressNode(),
                    good.inboundTag(),
                    good.source(),
                    good.target(),
                    good.origin(),
                    new UserRef("root", 0),
                    null);
            SessionDescriptor asEdge = new SessionDescriptor(
                    good.id(),
                    farm.id("edge", "router"),
                    good.inboundTag(),
                    good.source(),
                    good.target(),
                    good.origin(),
                    null,
                    null);
            for (SessionDescriptor changed : List.of(elsewhere, asRoot, asEdge)) {
                assertRefused(insider.order(link, exit, changed, "direct", ticket));
            }
            assertRefused(insider.order(link, exit, good, "other", ticket));
            assertRefused(
                    insider.order(link, exit, asEdge, "direct", insider.ticket(key, asEdge, exit, "direct", now)));
            assertThat(once.accepted()).isZero();

            assertThat(insider.order(link, exit, good, "direct", ticket))
                    .as("the real one")
                    .isNull();
            for (int i = 0; i < 20; i++) {
                assertRefused(insider.order(link, exit, good, "direct", ticket));
            }
            assertThat(once.accepted()).isEqualTo(1);
            Map<String, Double> after = outcomes(trial);
            after.replaceAll((outcome, count) -> count - before.getOrDefault(outcome, 0.0));
            assertThat(after)
                    .containsEntry("forged", 7.0)
                    .containsEntry("replayed", 20.0)
                    .containsEntry("expired", 1.0);
            expectUntouched(trial);
        }
    }

    private static void assertRefused(@Nullable SessionFailure failure) {
        assertThat(failure).isNotNull();
        assertThat(failure.closeCause()).isEqualTo(CloseCause.TICKET_REFUSED);
    }

    private static Map<String, Double> outcomes(Trial trial) {
        Map<String, Double> counts = new TreeMap<>();
        for (String outcome : List.of("forged", "replayed", "expired", "elsewhere")) {
            counts.put(outcome, trial.metric("exit", "culvert_link_tickets_total", "outcome=\"" + outcome + "\""));
        }
        return counts;
    }

    /** Connections that say nothing keep neither sessions nor nodes out. */
    @Test
    void silent_connections_keep_nobody_out() throws IOException {
        Machines.Machine rogue = machines.machine("rogue-6");
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            addresses.add(rogue.alsoKnownAs(200 + i));
        }
        Stranger stranger = new Stranger(rogue);
        List<Socket> silent = new ArrayList<>();
        try (Trial trial = trial("silence")) {
            for (String node : List.of("router", "exit")) {
                for (int port : List.of(HAZELCAST, BUS, LINK)) {
                    if (port != LINK || node.equals("exit")) {
                        silent.addAll(stranger.connections(
                                new InetSocketAddress(farm.address(node), port), addresses, 1_000 / 8));
                    }
                }
            }
            farm.add("late", "'egress'", FarmRig.plain());
            long start = System.nanoTime();
            farm.start();
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            System.out.println("  a node has started and joined after " + took.toMillis() + " ms");
            assertThat(took).isLessThan(Busy.allow(STARTS_WITHIN));
            trial.awaitServing("late", MINUTE);
            for (Socket socket : silent) {
                socket.close();
            }
            expectUntouched(trial);
        }
    }
}
