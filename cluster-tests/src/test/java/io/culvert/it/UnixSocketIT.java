package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.UdpClient;
import io.culvert.it.harness.UdpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Unix sockets between every pair of programs. */
class UnixSocketIT {
    private static final Duration WITHIN = Duration.ofSeconds(60);
    private static final String DS = "{network: 'domainsocket', dsSettings: {path: '%s'%s}}";

    @TempDir
    static Path folder;

    /**
     * Where the two ends meet.
     *
     * @param listen what the server listens on, where its transport does not say it
     */
    record Meeting(String name, String listen, String serverStream, String clientStream) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Arguments> cases() {
        return Pair.withCulvert()
                .flatMap(pair -> Stream.of(ProtocolCase.VMESS_AES_128_GCM, ProtocolCase.VLESS)
                        .flatMap(protocol -> meetings().map(meeting -> Arguments.of(pair, protocol, meeting))));
    }

    private static Stream<Meeting> meetings() {
        String name = "culvert-it-" + UUID.randomUUID();
        String path = folder.resolve(name).toString();
        return Stream.of(
                ofSettings("path", path, ""),
                ofSettings("abstract", name, ", abstract: true"),
                ofSettings("padded", name, ", abstract: true, padding: true"),
                new Meeting("listen path", path, "{}", DS.formatted(path, "")),
                new Meeting("listen @", "@" + name, "{}", DS.formatted(name, ", abstract: true")),
                new Meeting("listen @@", "@@" + name, "{}", DS.formatted(name, ", abstract: true, padding: true")));
    }

    private static Meeting ofSettings(String name, String path, String more) {
        String stream = DS.formatted(path, more);
        return new Meeting(name, "127.0.0.1", stream, stream);
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("cases")
    void ten_connections_and_datagrams(Pair pair, ProtocolCase protocol, Meeting meeting) throws IOException {
        exchange(pair, protocol, meeting, 10, 10L << 20);
    }

    static Stream<Pair> pairs() {
        return Pair.withCulvert();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void tls_over_it(Pair pair) throws IOException {
        try (Certificates certificates = Certificates.create()) {
            String path = folder.resolve("tls").toString();
            String ds = "network: 'ds', dsSettings: {path: '" + path + "'}";
            Meeting meeting = new Meeting(
                    "TLS",
                    "127.0.0.1",
                    certificates.serverStream("").replace("network: 'tcp'", ds),
                    certificates.clientStream("").replace("network: 'tcp'", ds));
            exchange(pair, ProtocolCase.VLESS, meeting, 4, 1L << 20);
        }
    }

    /** A V2Ray that was ended leaves its socket behind, and the next one cannot bind it. */
    private static void removeLeftSockets() throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            for (Path socket : left.toList()) {
                Files.deleteIfExists(socket);
            }
        }
    }

    private static void exchange(Pair pair, ProtocolCase protocol, Meeting meeting, int connections, long bytes)
            throws IOException {
        int entrance = Ports.free();
        removeLeftSockets();
        try (TcpTarget target = TcpTarget.xorEcho();
                UdpTarget udpTarget = new UdpTarget(target.port());
                ProxyNode server = ProxyNode.start(
                        pair.server(),
                        new NodeConfig()
                                .portless(
                                        "in",
                                        meeting.listen,
                                        protocol.protocol(),
                                        protocol.inbound(),
                                        meeting.serverStream)
                                .inbound("ready", Ports.free(), "socks", "{}")
                                .outbound("free", "freedom", "{}"));
                ProxyNode client = ProxyNode.start(
                        pair.client(),
                        new NodeConfig()
                                .inbound(
                                        "in",
                                        entrance,
                                        "dokodemo-door",
                                        "{address: '127.0.0.1', port: " + target.port() + ", network: 'tcp,udp'}")
                                .outbound(
                                        "out",
                                        protocol.protocol(),
                                        protocol.outbound("127.0.0.1", 1),
                                        meeting.clientStream))) {
            assertThat(udpTarget).isNotNull();
            XorExchange.run(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), entrance), connections, bytes, WITHIN);
            try (UdpClient datagrams = UdpClient.to(entrance)) {
                datagrams.expectXorEcho(10, 1_024);
            }
            server.expectCleanLog();
            client.expectCleanLog();
        }
    }

    @Test
    void the_file_has_its_permissions_and_goes_with_the_server() throws IOException {
        Path path = folder.resolve("permitted");
        try (ProxyNode server = ProxyNode.start(Program.CULVERT, alone(path + ",0640"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-r-----");
            assertThat(Path.of(path + ".lock")).exists();
            assertThat(server.terminate()).isZero();
            assertThat(path).doesNotExist();
            assertThat(Path.of(path + ".lock")).doesNotExist();
        }
    }

    @Test
    void a_socket_that_is_served_is_refused_in_one_line_and_one_that_was_left_is_taken() throws IOException {
        Path path = folder.resolve("contended");
        try (ProxyNode first = ProxyNode.start(Program.CULVERT, alone(path.toString()))) {
            NodeConfig second = new NodeConfig()
                    .portless("in", path.toString(), "socks", "{}", "{}")
                    .outbound("free", "freedom", "{}");
            assertThatThrownBy(() -> ProxyNode.start(Program.CULVERT, second))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("cannot listen on socks " + path)
                    .hasMessageNotContaining("\tat ");
            first.kill();
            assertThat(path).exists();
            try (ProxyNode third = ProxyNode.start(Program.CULVERT, alone(path.toString()))) {
                assertThat(third.isAlive()).isTrue();
            }
        }
    }

    private static NodeConfig alone(String listen) {
        return new NodeConfig()
                .portless("in", listen, "socks", "{}", "{}")
                .inbound("ready", Ports.free(), "socks", "{}")
                .outbound("free", "freedom", "{}");
    }
}
