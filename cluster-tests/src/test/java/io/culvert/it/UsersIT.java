package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several users of one inbound: each is known by its e-mail to the rules, and lives under the limits of its level. */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
class UsersIT {

    /** @param impatient whether the user's level ends a session after two idle seconds */
    private record User(String name, String protocol, String id, int alterId, boolean impatient, String route) {
        int level() {
            return impatient ? 2 : 0;
        }
    }

    private static final List<User> USERS = List.of(
            new User("vmess-a", "vmess", "11111111-0000-4000-8000-000000000001", 0, false, "A"),
            new User("vmess-b", "vmess", "11111111-0000-4000-8000-000000000002", 0, true, "B"),
            new User("vmess-legacy", "vmess", "11111111-0000-4000-8000-000000000003", 16, false, "B"),
            new User("vmess-other", "vmess", "11111111-0000-4000-8000-000000000004", 0, false, "D"),
            new User("vless-a", "vless", "22222222-0000-4000-8000-000000000001", 0, false, "A"),
            new User("vless-b", "vless", "22222222-0000-4000-8000-000000000002", 0, true, "B"),
            new User("vless-other", "vless", "22222222-0000-4000-8000-000000000003", 0, false, "D"));

    /** Which outbound leads to the target of a name. */
    private static final Map<String, String> OUTBOUNDS = Map.of("A", "first", "B", "second", "D", "default");

    private static final Duration WITHIN = Duration.ofSeconds(10);

    /** The processes and targets of one pair. */
    static final class Setup implements AutoCloseable {
        final TcpTarget first = TcpTarget.speaksFirst("A");
        final TcpTarget second = TcpTarget.speaksFirst("B");
        final TcpTarget fallback = TcpTarget.speaksFirst("D");
        final int entrances = Ports.freeRange(USERS.size());
        final ProxyNode server;
        final ProxyNode client;

        Setup(Pair pair) {
            int vmess = Ports.free();
            int vless = Ports.free();
            server = ProxyNode.start(
                    pair.server(),
                    new NodeConfig()
                            .section("policy", "{levels: {'2': {connIdle: 2}}}")
                            .inbound("vmess", vmess, "vmess", clients("vmess", ""))
                            .inbound("vless", vless, "vless", clients("vless", ", decryption: 'none'"))
                            .outbound("default", "freedom", to(fallback))
                            .outbound("first", "freedom", to(first))
                            .outbound("second", "freedom", to(second))
                            .rule("{user: ['vmess-a@it', 'vless-a@it'], outboundTag: 'first'}")
                            .rule("{user: ['vmess-b@it', 'vless-b@it', 'vmess-legacy@it'], outboundTag: 'second'}"));
            NodeConfig config = new NodeConfig();
            for (int i = 0; i < USERS.size(); i++) {
                User user = USERS.get(i);
                String account = user.protocol.equals("vmess") ? "alterId: " + user.alterId : "encryption: 'none'";
                config.inbound("to " + user.name, entrances + i, "dokodemo-door", "{address: 'any.example', port: 80}")
                        .outbound(
                                user.name,
                                user.protocol,
                                "{vnext: [{address: '127.0.0.1', port: %d, users: [{id: '%s', %s}]}]}"
                                        .formatted(user.protocol.equals("vmess") ? vmess : vless, user.id, account))
                        .route("to " + user.name, user.name);
            }
            client = ProxyNode.start(pair.client(), config);
        }

        private static String clients(String protocol, String more) {
            List<String> clients = USERS.stream()
                    .filter(user -> user.protocol.equals(protocol))
                    .map(user -> "{id: '%s', email: '%s@it', level: %d%s}"
                            .formatted(
                                    user.id,
                                    user.name,
                                    user.level(),
                                    protocol.equals("vmess") ? ", alterId: " + user.alterId : ""))
                    .toList();
            return "{clients: [" + String.join(", ", clients) + "]" + more + "}";
        }

        private static String to(TcpTarget target) {
            return "{redirect: '127.0.0.1:" + target.port() + "'}";
        }

        Socket connect(int user) throws IOException {
            return Clients.connect(entrances + user);
        }

        @Override
        public void close() {
            try (first;
                    second;
                    fallback;
                    server;
                    client) {
                server.expectCleanLog();
                client.expectCleanLog();
            }
        }
    }

    static Stream<Named<Setup>> setups() {
        return Pair.all().map(pair -> Named.of(pair.toString(), new Setup(pair)));
    }

    private final Setup setup;

    UsersIT(Setup setup) {
        this.setup = setup;
    }

    @Test
    void every_user_goes_its_way() throws IOException {
        for (int i = 0; i < USERS.size(); i++) {
            try (Socket socket = setup.connect(i)) {
                String route = Character.toString(socket.getInputStream().read());
                assertThat(route).as(USERS.get(i).name).isEqualTo(USERS.get(i).route);
            }
        }
    }

    @Test
    void the_access_log_knows_every_user() throws IOException {
        for (int i = 0; i < USERS.size(); i++) {
            try (Socket socket = setup.connect(i)) {
                assertThat(socket.getInputStream().read()).isPositive();
            }
            String line = " accepted tcp:any.example:80 [%s] email: %s@it"
                    .formatted(OUTBOUNDS.get(USERS.get(i).route), USERS.get(i).name);
            Await.until(
                    WITHIN,
                    () -> "no line with '" + line + "' in\n" + setup.server.log(),
                    () -> setup.server.log().contains(line));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void a_level_belongs_to_its_user(int impatient) throws IOException {
        long began = System.nanoTime();
        try (Socket socket = setup.connect(impatient)) {
            assertThat(socket.getInputStream().read()).isEqualTo('B');
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(15));
        }
    }
}
