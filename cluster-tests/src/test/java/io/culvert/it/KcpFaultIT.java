package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.wire.kcp.KcpPackets;
import io.culvert.wire.packet.Disguise;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a session of mKCP holds, and packets of strangers. */
class KcpFaultIT {
    private static final ProtocolCase PROTOCOL = ProtocolCase.VMESS_AES_128_GCM;
    private static final Payload PAYLOAD = new Payload(6);
    private static final int BYTES = 50_000;
    /** An end is agreed upon in up to 8 s (wire-formats section 16.8), and a busy machine is slow. */
    private static final Duration FORGOTTEN_WITHIN = Duration.ofSeconds(50);

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final long GROWTH_AT_MOST_KIB = 64 << 10;
    private static final int SPOOFED_ADDRESSES = 1_500;
    private static final int PORTS_OF_ADDRESS = 2;

    private static NodeConfig server(int port, String kcp) {
        return new NodeConfig()
                .inbound("in", "127.0.0.1", port, PROTOCOL.protocol(), PROTOCOL.inbound(), stream(kcp))
                .outbound("free", "freedom", "{}");
    }

    private static NodeConfig client(int entrance, int server, String kcp, TcpTarget target) {
        String fixed = "{address: '127.0.0.1', port: %d}".formatted(target.port());
        return new NodeConfig()
                .inbound("in", entrance, "dokodemo-door", fixed)
                .outbound("out", PROTOCOL.protocol(), PROTOCOL.outbound("127.0.0.1", server), stream(kcp));
    }

    private static String stream(String kcp) {
        return "{network: 'kcp', kcpSettings: {" + kcp + "}}";
    }

    private static void exchange(Socket socket) throws IOException {
        Streams.exchange(socket, BYTES);
    }

    @Test
    void a_session_has_a_socket_of_its_own_at_the_client_and_none_at_the_server() throws IOException {
        int port = Ports.free();
        int entrance = Ports.free();
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode server = ProxyNode.start(Program.CULVERT, server(port, ""));
                ProxyNode client = ProxyNode.start(Program.CULVERT, client(entrance, port, "", echo))) {
            int ofServer = server.openSockets();
            int ofClient = client.openSockets();
            try (Socket one = Clients.connect(entrance);
                    Socket two = Clients.connect(entrance)) {
                exchange(one);
                exchange(two);
                assertThat(server.openSockets()).isEqualTo(ofServer + 2);
                assertThat(client.openSockets()).isEqualTo(ofClient + 4);
            }
            server.expectSocketsBackTo(ofServer, FORGOTTEN_WITHIN);
            client.expectSocketsBackTo(ofClient, FORGOTTEN_WITHIN);
            server.expectCleanLog();
            client.expectCleanLog();
        }
    }

    /** Reliability 2c.19: noise, noise with a checksum, and first packets from addresses that nobody is at. */
    @Test
    void packets_of_strangers_cost_little_and_are_answered_by_no_more_than_they_brought() throws IOException {
        strangers("", null);
    }

    /** Who does not know the seed does not even make a session. */
    @Test
    void packets_of_strangers_without_the_seed() throws IOException {
        strangers("seed: 'secret'", "guessed");
    }

    private static void strangers(String kcp, @Nullable String seedOfStrangers) throws IOException {
        int port = Ports.free();
        int entrance = Ports.free();
        InetSocketAddress listener = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode server =
                        ProxyNode.start(Program.CULVERT, server(port, kcp).level0("{handshake: 4}"));
                ProxyNode client = ProxyNode.start(Program.V2RAY, client(entrance, port, kcp, echo));
                Socket honest = Clients.connect(entrance)) {
            exchange(honest);
            int sockets = server.openSockets();
            long memory = server.residentKib();
            garbage(listener);
            Strangers strangers = new Strangers(firstPacket(seedOfStrangers));
            try {
                strangers.send(listener);
                exchange(honest);
                try (Socket late = Clients.connect(entrance)) {
                    exchange(late);
                }
                strangers.expectNoMoreThanSent();
            } finally {
                strangers.close();
            }
            exchange(honest);
            assertThat(echo.accepted()).isEqualTo(2);
            assertThat(server.residentKib() - memory).isLessThan(GROWTH_AT_MOST_KIB);
            server.expectSocketsBackTo(sockets, SOON);
            server.expectCleanLog();
            assertThat(client.isAlive()).isTrue();
        }
    }

    private static void garbage(InetSocketAddress listener) throws IOException {
        Random random = new Random(4);
        KcpPackets packets = new KcpPackets(Disguise.NONE, null, random);
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 2_000; i++) {
                byte[] noise = new byte[1 + random.nextInt(1_500)];
                random.nextBytes(noise);
                socket.send(new DatagramPacket(noise, noise.length, listener));
                byte[] segments = packets.outgoing();
                int length = random.nextInt(1_400);
                System.arraycopy(noise, 0, segments, KcpPackets.AT, Math.min(length, noise.length));
                ByteBuf sealed = Unpooled.buffer();
                packets.seal(length, sealed);
                byte[] bytes = ByteBufUtil.getBytes(sealed);
                socket.send(new DatagramPacket(bytes, bytes.length, listener));
            }
        }
    }

    /** A data segment, number 0, whose payload is nothing that a protocol knows. */
    private static byte[] firstPacket(@Nullable String seed) {
        KcpPackets packets = new KcpPackets(Disguise.NONE, seed, new Random(1));
        ByteBuf segment = Unpooled.wrappedBuffer(packets.outgoing()).writerIndex(KcpPackets.AT);
        segment.writeShort(9).writeByte(1).writeByte(0);
        segment.writeInt(0).writeInt(0).writeInt(0).writeShort(200).writeBytes(PAYLOAD.bytes(0, 200));
        ByteBuf out = Unpooled.buffer();
        packets.seal(segment.writerIndex() - KcpPackets.AT, out);
        return ByteBufUtil.getBytes(out);
    }

    /** Sockets at many addresses of the loopback network, each of which sends the same packet. */
    private static final class Strangers {
        private final List<DatagramSocket> sockets = new ArrayList<>();
        private final byte[] packet;

        Strangers(byte[] packet) {
            this.packet = packet;
        }

        void send(InetSocketAddress to) throws IOException {
            for (int i = 0; i < SPOOFED_ADDRESSES; i++) {
                InetAddress from = InetAddress.getByAddress(new byte[] {127, 9, (byte) (i >> 8), (byte) i});
                for (int j = 0; j < PORTS_OF_ADDRESS; j++) {
                    DatagramSocket socket = new DatagramSocket(0, from);
                    sockets.add(socket);
                    socket.send(new DatagramPacket(packet, packet.length, to));
                }
            }
        }

        /** Waits for the first of them, for whom all that may come has come, then looks at all. */
        void expectNoMoreThanSent() throws IOException {
            Await.pace(Duration.ofMillis(500));
            for (DatagramSocket socket : sockets) {
                assertThat(received(socket)).isLessThanOrEqualTo(packet.length);
            }
        }

        private static int received(DatagramSocket socket) throws IOException {
            DatagramPacket in = new DatagramPacket(new byte[2_048], 2_048);
            socket.setSoTimeout(1);
            int bytes = 0;
            try {
                while (true) {
                    socket.receive(in);
                    bytes += in.getLength();
                }
            } catch (SocketTimeoutException _) {
                return bytes;
            }
        }

        void close() {
            sockets.forEach(DatagramSocket::close);
        }
    }
}
