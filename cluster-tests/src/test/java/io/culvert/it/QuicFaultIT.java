package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.QuicLeg;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What goes wrong around QUIC: packets of nobody, peers that vanish, keys that do not match, connections that nobody uses. */
class QuicFaultIT {
    private static final QuicLeg OPEN = new QuicLeg(ProtocolCase.VLESS, "none", "none", false);
    private static final QuicLeg SEALED =
            new QuicLeg(ProtocolCase.VMESS_AES_128_GCM, "aes-128-gcm", "wechat-video", false);
    private static final long GROWTH_AT_MOST_KIB = 96 << 10;
    private static final int FORGED = 4_000;
    private static final Duration WITHIN = Duration.ofSeconds(10);

    /** QUIC's idle timeout of a client, and time for a busy machine. */
    private static final Duration IDLE = Duration.ofSeconds(45);

    private final TcpTarget echo = TcpTarget.xorEcho();
    private Certificates certificates = Certificates.create();

    @BeforeEach
    void certificate() {
        certificates.close();
        certificates = Certificates.create();
    }

    @AfterEach
    void close() {
        certificates.close();
        echo.close();
    }

    @Test
    void packets_of_nobody_cost_nothing() throws IOException {
        int open = Ports.free();
        int sealed = Ports.free();
        int throughOpen = Ports.free();
        int throughSealed = Ports.free();
        int toMe = Ports.free();
        NodeConfig serverConfig = new NodeConfig().outbound("free", "freedom", "{}");
        OPEN.serve(serverConfig, open, certificates);
        SEALED.serve(serverConfig, sealed, certificates);
        NodeConfig clientConfig = new NodeConfig();
        try (DatagramSocket me = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            door(clientConfig, OPEN, open, throughOpen, "");
            door(clientConfig, SEALED, sealed, throughSealed, "");
            clientConfig.inbound("me", toMe, "dokodemo-door", fixed()).route("me", "me");
            clientConfig.outbound(
                    "me",
                    "vless",
                    ProtocolCase.VLESS.outbound("127.0.0.1", me.getLocalPort()),
                    "{network: 'quic', quicSettings: {security: 'none'}}");
            try (ProxyNode server = ProxyNode.start(Program.CULVERT, serverConfig);
                    ProxyNode client = ProxyNode.start(Program.CULVERT, clientConfig);
                    Socket before = Clients.connect(throughOpen);
                    Socket beforeSealed = Clients.connect(throughSealed)) {
                exchange(before);
                exchange(beforeSealed);
                byte[] initial = initialOfAClient(me, toMe);
                int sockets = server.openSockets();
                long resident = server.residentKib();
                for (int port : new int[] {open, sealed}) {
                    forge(me, port, initial);
                }
                exchange(before);
                exchange(beforeSealed);
                assertThat(server.openSockets()).isEqualTo(sockets);
                assertThat(server.residentKib() - resident).isLessThan(GROWTH_AT_MOST_KIB);
                for (Program program : List.of(Program.CULVERT, Program.V2RAY)) {
                    newcomer(program, open);
                }
                server.expectCleanLog();
                client.expectCleanLog();
            }
        }
    }

    /** A client that has no connection yet, and has to prove its address while so many handshakes are under way. */
    private void newcomer(Program program, int port) throws IOException {
        int entrance = Ports.free();
        NodeConfig config = new NodeConfig();
        door(config, OPEN, port, entrance, "");
        try (ProxyNode client = ProxyNode.start(program, config);
                Socket socket = Clients.connect(entrance)) {
            exchange(socket);
            client.expectCleanLog();
        }
    }

    private byte[] initialOfAClient(DatagramSocket me, int entrance) throws IOException {
        try (Socket socket = Clients.connect(entrance)) {
            socket.getOutputStream().write(1);
            me.setSoTimeout((int) WITHIN.toMillis());
            DatagramPacket packet = new DatagramPacket(new byte[2_048], 2_048);
            me.receive(packet);
            byte[] initial = Arrays.copyOf(packet.getData(), packet.getLength());
            // A long header of QUIC 1, padded as the first datagram of a client must be.
            assertThat(initial[0] & 0xC0).isEqualTo(0xC0);
            assertThat(initial.length).isGreaterThanOrEqualTo(1_200);
            return initial;
        }
    }

    /** Cut in every length, with other connection ids, with other versions, and bytes that are nothing at all. */
    private static void forge(DatagramSocket me, int port, byte[] initial) throws IOException {
        Random random = new Random(port);
        for (int length = 1; length <= initial.length; length++) {
            send(me, port, Arrays.copyOf(initial, length));
        }
        for (int i = 0; i < FORGED; i++) {
            byte[] other = initial.clone();
            // The keys of a first packet come from its connection id: what it protects can no longer be read.
            other[6 + random.nextInt(8)] ^= (byte) (1 + random.nextInt(255));
            send(me, port, other);
            byte[] version = initial.clone();
            version[1 + random.nextInt(4)] ^= (byte) (1 + random.nextInt(255));
            send(me, port, version);
            byte[] anything = new byte[1 + random.nextInt(1_500)];
            random.nextBytes(anything);
            send(me, port, anything);
        }
    }

    private static void send(DatagramSocket me, int port, byte[] bytes) throws IOException {
        me.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
    }

    @Tag("faults")
    @Test
    void a_server_that_vanishes_is_noticed_at_the_next_word_and_who_idles_comes_back() throws IOException {
        int toServer = Ports.free();
        int toDying = Ports.free();
        int toDyingV2ray = Ports.free();
        int sealed = Ports.free();
        NodeConfig serverConfig = new NodeConfig().outbound("free", "freedom", "{}");
        OPEN.serve(serverConfig, toServer, certificates);
        SEALED.serve(serverConfig, sealed, certificates);
        NodeConfig clientConfig = new NodeConfig();
        int idle = Ports.free();
        int dying = Ports.free();
        int dyingV2ray = Ports.free();
        int wrong = Ports.free();
        door(clientConfig, OPEN, toServer, idle, " idle");
        door(clientConfig, OPEN, toDying, dying, " dying");
        door(clientConfig, OPEN, toDyingV2ray, dyingV2ray, " dying v2ray");
        clientConfig.inbound("wrong", wrong, "dokodemo-door", fixed()).route("wrong", SEALED.toString());
        SEALED.dial(clientConfig, sealed, certificates, "another key");
        try (ProxyNode server = ProxyNode.start(Program.CULVERT, serverConfig);
                ProxyNode dyingServer = ProxyNode.start(Program.CULVERT, serverOf(toDying));
                ProxyNode dyingV2rayServer = ProxyNode.start(Program.V2RAY, serverOf(toDyingV2ray));
                ProxyNode client = ProxyNode.start(Program.CULVERT, clientConfig)) {
            int sockets = client.openSockets();
            try (Socket socket = Clients.connect(idle)) {
                exchange(socket);
            }
            XorExchange.atOnce(
                    List.of(
                            XorExchange.named("killed Culvert", () -> expectOver(dying, dyingServer)),
                            XorExchange.named("killed V2Ray", () -> expectOver(dyingV2ray, dyingV2rayServer)),
                            XorExchange.named("wrong key", () -> expectNothing(wrong))),
                    IDLE.plus(WITHIN));
            client.expectSocketsBackTo(sockets, IDLE);
            try (Socket socket = Clients.connect(idle)) {
                exchange(socket);
            }
            for (ProxyNode node : List.of(server, client)) {
                node.expectCleanLog();
            }
        }
    }

    private NodeConfig serverOf(int port) {
        NodeConfig config = new NodeConfig().outbound("free", "freedom", "{}");
        OPEN.serve(config, port, certificates);
        return config;
    }

    /** Kills the server under a session; its client learns it as soon as it says something more. */
    private static void expectOver(int entrance, ProxyNode server) throws IOException {
        try (Socket socket = Clients.connect(entrance)) {
            exchange(socket);
            server.kill();
            socket.getOutputStream().write(1);
            socket.setSoTimeout((int) WITHIN.toMillis());
            Streams.expectOver(socket);
        } catch (SocketException _) {
            // It was over before the word.
        }
    }

    private static void expectNothing(int entrance) throws IOException {
        try (Socket socket = Clients.connect(entrance)) {
            socket.getOutputStream().write(1);
            socket.setSoTimeout((int) IDLE.toMillis());
            Streams.expectOver(socket);
        }
    }

    private void door(NodeConfig client, QuicLeg leg, int port, int entrance, String suffix) {
        client.inbound(leg + suffix, entrance, "dokodemo-door", fixed()).route(leg + suffix, leg + suffix);
        leg.dial(client, port, certificates);
        client.outboundKey("tag", leg + suffix);
    }

    private String fixed() {
        return "{address: '127.0.0.1', port: " + echo.port() + "}";
    }

    private static void exchange(Socket socket) throws IOException {
        Streams.exchange(socket, 50_000);
    }
}
