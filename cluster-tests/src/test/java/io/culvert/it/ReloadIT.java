package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.it.harness.Admin;
import io.culvert.it.harness.Await;
import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.Clients.Login;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.SwappedWays;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.Traffic;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A running node takes other configurations; what is under way does not notice. */
class ReloadIT {
    /** {@code -Dculvert.it.reloads=1000} is what a release is tried with. */
    private static final int RELOADS = Integer.getInteger("culvert.it.reloads", 100);

    private static final String A = "11111111-0000-4000-8000-00000000000a";
    private static final String B = "11111111-0000-4000-8000-00000000000b";
    private static final Duration WITHIN = Duration.ofSeconds(20);

    private final int vmess = Ports.free();
    private final int vless = Ports.free();
    private final int socks = Ports.free();
    private final int spare = Ports.free();

    private static String users(String... ids) {
        List<String> clients = new ArrayList<>();
        for (String id : ids) {
            clients.add("{id: '" + id + "', email: '" + id.charAt(id.length() - 1) + "@it'}");
        }
        return "{decryption: 'none', clients: [" + String.join(",", clients) + "]}";
    }

    private static String tls(Certificates certificate) {
        return "{security: 'tls', tlsSettings: {certificates: [{certificateFile: '" + certificate.certificate()
                + "', keyFile: '" + certificate.key() + "'}]}}";
    }

    /** A v2ray with one entrance for VMess as A, one for VLESS over TLS as B. */
    private ProxyNode client(int entranceA, int entranceB, TcpTarget target) {
        String to = "{address: '127.0.0.1', port: " + target.port() + ", network: 'tcp'}";
        return ProxyNode.start(
                Program.V2RAY,
                new NodeConfig()
                        .inbound("a", entranceA, "dokodemo-door", to)
                        .inbound("b", entranceB, "dokodemo-door", to)
                        .outbound(
                                "vmess",
                                "vmess",
                                "{vnext: [{address: '127.0.0.1', port: " + vmess + ", users: [{id: '" + A + "'}]}]}")
                        .outbound(
                                "vless",
                                "vless",
                                "{vnext: [{address: '127.0.0.1', port: " + vless + ", users: [{id: '" + B
                                        + "', encryption: 'none'}]}]}",
                                "{security: 'tls', tlsSettings: {allowInsecure: true, serverName: '" + Certificates.NAME
                                        + "'}}")
                        .route("a", "vmess")
                        .route("b", "vless"));
    }

    private NodeConfig base(Certificates certificate, String... vmessUsers) {
        return new NodeConfig()
                .inbound("vmess", vmess, "vmess", users(vmessUsers))
                .inbound("vless", "127.0.0.1", vless, "vless", users(B), tls(certificate))
                .inbound("socks", socks, "socks", "{}");
    }

    private static NodeConfig out(NodeConfig config) {
        return config.outbound("free", "freedom", "{}");
    }

    private static void apply(Admin admin, NodeConfig config) {
        Admin.Answer answer = admin.apply(config.json());
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
    }

    @Test
    void no_kind_of_change_disturbs_a_session() throws IOException {
        int entranceA = Ports.free();
        int entranceB = Ports.free();
        try (Certificates certificate = Certificates.create();
                Certificates other = Certificates.create();
                TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.startManaged(out(base(certificate, A)));
                ProxyNode client = client(entranceA, entranceB, echo);
                Admin admin = node.admin();
                Traffic a = Traffic.over(Clients.connect(entranceA), 1);
                Traffic b = Traffic.over(Clients.connect(entranceB), 2);
                Traffic s = Traffic.over(Clients.socks5(socks, "127.0.0.1", echo.port(), null), 3)) {
            List<NodeConfig> changes = List.of(
                    // A user, a rule, limits, a listener more.
                    out(base(certificate, A, B)),
                    out(base(certificate, A, B)).rule("{port: 25, outboundTag: 'free'}"),
                    out(base(certificate, A, B)).section("policy", "{levels: {'0': {connIdle: 100}}}"),
                    out(base(certificate, A, B)).inbound("more", spare, "http", "{}"),
                    // Another certificate, another way out, another transport on a port that stays.
                    out(base(other, A)),
                    base(other, A).outbound("else", "freedom", "{userLevel: 1}"),
                    out(new NodeConfig()
                            .inbound("vmess", "127.0.0.1", vmess, "vmess", users(A), "{network: 'ws'}")
                            .inbound("vless", "127.0.0.1", vless, "vless", users(B), tls(certificate))
                            .inbound("socks", socks, "http", "{}")),
                    // The inbounds move, then go.
                    out(new NodeConfig()
                            .inbound("vmess", spare, "vmess", users(A))
                            .inbound("vless", "127.0.0.1", vless, "vless", users(B), tls(certificate))),
                    out(new NodeConfig().inbound("other", spare, "socks", "{}")),
                    out(base(certificate, A)));
            for (NodeConfig change : changes) {
                apply(admin, change);
                a.expectFlow();
                b.expectFlow();
                s.expectFlow();
            }
            // And whoever comes now is served by what runs now.
            try (Socket late = Clients.socks5(socks, "127.0.0.1", echo.port(), null)) {
                late.getOutputStream().write(1);
                assertThat(late.getInputStream().read()).isEqualTo(1 ^ Payload.XOR);
            }
            a.finish();
            b.finish();
            s.finish();
            assertThat(admin.get("/api/nodes").body().path(0).path("epoch").asInt())
                    .isEqualTo(1 + changes.size());
            client.expectCleanLog();
            node.expectCleanLog();
        }
    }

    @Test
    void the_sessions_of_a_removed_user_end_and_no_others() throws IOException {
        int entranceA = Ports.free();
        int entranceB = Ports.free();
        String locked = "{auth: 'password', accounts: [%s]}";
        String x = "{user: 'x', pass: '1'}";
        String y = "{user: 'y', pass: '2'}";
        try (Certificates certificate = Certificates.create();
                TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.startManaged(out(base(certificate, A, B)
                        .section("log", "{loglevel: 'warning', access: ''}")
                        .inbound("locked", spare, "socks", locked.formatted(x + "," + y))));
                ProxyNode client = client(entranceA, entranceB, echo);
                Admin admin = node.admin();
                Traffic a = Traffic.over(Clients.connect(entranceA), 1);
                Traffic b = Traffic.over(Clients.connect(entranceB), 2);
                Traffic mine = Traffic.over(Clients.socks5(spare, "127.0.0.1", echo.port(), new Login("x", "1")), 3);
                Traffic theirs =
                        Traffic.over(Clients.socks5(spare, "127.0.0.1", echo.port(), new Login("y", "2")), 4)) {
            for (Traffic one : List.of(a, b, mine, theirs)) {
                one.expectFlow();
            }
            apply(
                    admin,
                    out(base(certificate, B)
                            .section("log", "{loglevel: 'warning', access: ''}")
                            .inbound("locked", spare, "socks", locked.formatted(x))));
            Await.until(WITHIN, () -> "a removed user goes on\n" + node.log(), () -> a.isCut() && theirs.isCut());
            b.expectFlow();
            mine.expectFlow();
            Await.until(
                    WITHIN,
                    node::log,
                    () -> node.log()
                                    .lines()
                                    .filter(line -> line.contains("cause: user removed"))
                                    .count()
                            == 2);
            assertThatThrownBy(() -> Clients.socks5(spare, "127.0.0.1", echo.port(), new Login("y", "2"))
                            .close())
                    .isInstanceOf(IOException.class);
            b.finish();
            mine.finish();
            assertThat(client.isAlive()).isTrue();
            node.expectCleanLog();
        }
    }

    @Test
    void a_port_can_go_and_come_back_while_its_sessions_live() throws IOException {
        NodeConfig without = out(new NodeConfig().inbound("other", spare, "socks", "{}"));
        NodeConfig with =
                out(new NodeConfig().inbound("socks", socks, "socks", "{}").inbound("other", spare, "socks", "{}"));
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.startManaged(with);
                Admin admin = node.admin();
                Traffic first = Traffic.over(Clients.socks5(socks, "127.0.0.1", echo.port(), null), 1)) {
            for (int i = 0; i < 10; i++) {
                apply(admin, without);
                assertThat(Ports.listening()).doesNotContain(socks).contains(spare);
                first.expectFlow();
                apply(admin, with);
                for (int client = 0; client < 5; client++) {
                    try (Traffic next = Traffic.over(Clients.socks5(socks, "127.0.0.1", echo.port(), null), client)) {
                        next.expectFlow();
                        next.finish();
                    }
                }
            }
            first.finish();
            node.expectCleanLog();
        }
    }

    @Test
    void what_cannot_be_opened_changes_nothing() throws IOException {
        NodeConfig good = out(new NodeConfig().inbound("socks", socks, "socks", "{}"));
        try (TcpTarget echo = TcpTarget.xorEcho();
                TcpTarget taken = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.startManaged(good);
                Admin admin = node.admin();
                Traffic session = Traffic.over(Clients.socks5(socks, "127.0.0.1", echo.port(), null), 1)) {
            NodeConfig bad = out(new NodeConfig()
                    .inbound("fresh", spare, "socks", "{}")
                    .inbound("taken", taken.port(), "http", "{}"));
            Admin.Answer answer = admin.apply(bad.json());
            assertThat(answer.status()).isEqualTo(422);
            assertThat(answer.body().path("diagnostics").path(0).asText())
                    .isEqualTo("cannot listen on http 127.0.0.1:" + taken.port() + ": Address already in use");
            assertThat(Ports.listening()).contains(socks).doesNotContain(spare);
            session.expectFlow();
            Clients.socks5(socks, "127.0.0.1", echo.port(), null).close();
            session.finish();
            node.expectCleanLog();
        }
    }

    @Test
    void the_operator_ends_a_session() throws IOException {
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.startManaged(out(new NodeConfig().inbound("socks", socks, "socks", "{}")));
                Admin admin = node.admin();
                Traffic session = Traffic.over(Clients.socks5(socks, "127.0.0.1", echo.port(), null), 1)) {
            session.expectFlow();
            String id = admin.get("/api/sessions").body().path(0).path("id").asText();
            assertThat(admin.delete("/api/sessions/" + id).status()).isEqualTo(204);
            Await.until(WITHIN, () -> "the session goes on", session::isCut);
            assertThat(admin.delete("/api/sessions/" + id).status()).isEqualTo(404);
        }
    }

    @Test
    void a_changed_file_is_taken_however_it_was_changed() throws IOException {
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node =
                        ProxyNode.start(Program.CULVERT, out(new NodeConfig().inbound("socks", socks, "socks", "{}")));
                Traffic session = Traffic.over(Clients.socks5(socks, "127.0.0.1", echo.port(), null), 1)) {
            Path file = node.configFile();
            String text = Files.readString(file);
            String moved = text.replace(Integer.toString(socks), Integer.toString(spare));

            Files.writeString(file, "// by hand\n" + moved);
            awaitListening(spare, socks);

            Path replacement = Files.writeString(file.resolveSibling("new"), text);
            Files.move(replacement, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            awaitListening(socks, spare);

            Files.writeString(file, moved.substring(0, moved.length() / 2));
            Await.until(WITHIN, node::log, () -> node.log().contains("the text ends too early"));
            assertThat(Ports.listening()).contains(socks).doesNotContain(spare);
            Files.writeString(file, moved);
            awaitListening(spare, socks);

            assertThat(node.log().lines().filter(line -> line.contains("the text ends too early")))
                    .hasSize(1);
            session.expectFlow();
            session.finish();
            node.expectCleanLog();
        }
    }

    private static void awaitListening(int open, int closed) {
        Await.until(
                WITHIN,
                () -> open + " open and " + closed + " closed, but there is " + Ports.listening(),
                () -> Ports.listening().contains(open) && !Ports.listening().contains(closed));
    }

    /** 30 of 100 configurations are invalid; sessions come and go all the time. */
    @Test
    void reloads_under_load_lose_no_session() throws Exception {
        Random random = new Random(27);
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.startManaged(loaded(random));
                Admin admin = node.admin();
                Traffic throughout = Traffic.over(Clients.socks5(socks, "127.0.0.1", echo.port(), null), 1)) {
            throughout.expectFlow();
            int before = node.openSockets();
            AtomicInteger sessions = new AtomicInteger();
            AtomicReference<@Nullable Throwable> lost = new AtomicReference<>();
            AtomicReference<Boolean> over = new AtomicReference<>(false);
            List<Thread> load = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int number = i;
                load.add(Thread.ofVirtual().start(() -> {
                    while (!over.get() && lost.get() == null) {
                        session(number, echo, sessions, lost);
                    }
                }));
            }
            int applied = 0;
            for (int i = 0; i < RELOADS; i++) {
                boolean valid = random.nextInt(100) >= 30;
                String text = loaded(random).json();
                Admin.Answer answer = admin.apply(valid ? text : broken(text, random));
                assertThat(answer.status()).as(answer.body().toString()).isEqualTo(valid ? 200 : 422);
                // One that is what runs already is valid, and no epoch.
                applied += answer.body().path("outcome").asText().equals("applied") ? 1 : 0;
            }
            over.set(true);
            for (Thread thread : load) {
                assertThat(thread.join(WITHIN)).as("a session hangs").isTrue();
            }
            Throwable cause = lost.get();
            if (cause != null) {
                throw new AssertionError("a session was lost after " + sessions + ": " + node.log(), cause);
            }
            throughout.expectFlow();
            // What the last configuration has open may be more or less than what the first had.
            node.expectSocketsBackTo(before + 4, Duration.ofSeconds(60));
            throughout.finish();
            assertThat(admin.get("/api/nodes").body().path(0).path("epoch").asInt())
                    .isEqualTo(1 + applied);
            assertThat(sessions.get()).isGreaterThan(500);
            node.expectCleanLog();
        }
    }

    /** Another rule leads to another outbound, and both outbounds have changed under their tags. */
    @Test
    void rules_and_outbounds_of_a_session_are_of_one_configuration() throws Exception {
        NodeConfig inbound = new NodeConfig().inbound("socks", socks, "socks", "{}");
        try (SwappedWays ways = new SwappedWays();
                ProxyNode node = ProxyNode.startManaged(ways.in(inbound, true));
                Admin admin = node.admin()) {
            ways.run(
                    socks,
                    RELOADS,
                    first -> apply(admin, ways.in(new NodeConfig().inbound("socks", socks, "socks", "{}"), first)));
            assertThat(admin.metric("culvert_egress_behind_total")).isZero();
            node.expectCleanLog();
        }
    }

    private void session(
            int number, TcpTarget echo, AtomicInteger sessions, AtomicReference<@Nullable Throwable> lost) {
        int seed = sessions.incrementAndGet();
        Payload payload = new Payload(seed);
        Login login = new Login("x", "1");
        try (Socket socket = number % 2 == 0
                ? Clients.socks5(socks, "127.0.0.1", echo.port(), null)
                : Clients.httpConnect(vless, "127.0.0.1", echo.port(), login)) {
            Streams.send(socket.getOutputStream(), payload, 20_000);
            Streams.expect(socket.getInputStream(), payload, 20_000, Payload.XOR);
            socket.shutdownOutput();
            Streams.expectEnd(socket.getInputStream());
        } catch (IOException | AssertionError e) {
            lost.compareAndSet(null, e);
        }
    }

    /** Two inbounds that stay, and everything else as it comes. */
    private NodeConfig loaded(Random random) {
        NodeConfig config = new NodeConfig().inbound("socks", socks, "socks", "{}");
        String accounts = random.nextBoolean() ? ", {user: 'y', pass: '" + random.nextInt(3) + "'}" : "";
        config.inbound("http", vless, "http", "{accounts: [{user: 'x', pass: '1'}" + accounts + "]}");
        if (random.nextBoolean()) {
            config.inbound("vmess", vmess, "vmess", users(random.nextBoolean() ? A : B));
        }
        if (random.nextBoolean()) {
            config.inbound("spare", spare, "socks", "{udp: " + random.nextBoolean() + "}");
        }
        config.outbound("way-" + random.nextInt(3), "freedom", "{}");
        config.outbound("hole", "blackhole", "{}");
        config.rule("{port: " + (1 + random.nextInt(1_000)) + ", outboundTag: 'hole'}");
        return config.section("policy", "{levels: {'0': {connIdle: " + (100 + random.nextInt(5)) + "}}}");
    }

    private static String broken(String text, Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> text.substring(0, text.length() / 2);
            case 1 -> text.replace("\"freedom\"", "\"fredom\"");
            default -> text.replaceFirst("\"port\" : \\d+", "\"port\" : 99999");
        };
    }
}
