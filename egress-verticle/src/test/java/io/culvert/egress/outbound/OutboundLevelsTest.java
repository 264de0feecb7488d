package io.culvert.egress.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.Account;
import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.OutboundSettings.ProxyServer;
import io.culvert.config.OutboundSettings.VlessAccount;
import io.culvert.config.OutboundSettings.VlessServer;
import io.culvert.config.OutboundSettings.VmessAccount;
import io.culvert.config.OutboundSettings.VmessSecurity;
import io.culvert.config.OutboundSettings.VmessServer;
import io.culvert.config.PolicyConfig;
import io.culvert.egress.TestOrders;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.testkit.Peer;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The level of an outbound's user bounds what is opened by it. */
class OutboundLevelsTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    private static final int LEVEL = 7;
    private static final int BUFFER = SessionPolicy.DEFAULT_BUFFER_BYTES;
    private static final PolicyConfig POLICY = new PolicyConfig(
            Map.of(
                    LEVEL,
                    new PolicyConfig.Level(4_000, new SessionPolicy(9_000, 5_000, 500, BUFFER)),
                    0,
                    new PolicyConfig.Level(4_000, new SessionPolicy(77_000, 1_000, 1_000, BUFFER))),
            true);

    private final OutboundRig rig = new OutboundRig();

    @AfterEach
    void close() {
        rig.close();
        assertThat(rig.serverFaults()).isEmpty();
    }

    enum Kind {
        FREEDOM,
        VMESS,
        VLESS,
        SOCKS,
        HTTP
    }

    private static OutboundSettings settings(Kind kind, InetSocketAddress server, int level) {
        Address address = Address.ofIp(server.getAddress().getAddress());
        int port = server.getPort();
        List<ProxyServer> proxies = List.of(new ProxyServer(address, port, List.of(new Account("u", "p", level))));
        return switch (kind) {
            case FREEDOM -> new OutboundSettings.Freedom(DomainStrategy.AS_IS, null, 0, level, true);
            case VMESS ->
                new OutboundSettings.Vmess(List.of(new VmessServer(
                        address, port, List.of(new VmessAccount(ID, 0, VmessSecurity.AUTO, level, "", Set.of())))));
            case VLESS ->
                new OutboundSettings.Vless(
                        List.of(new VlessServer(address, port, List.of(new VlessAccount(ID, level, "")))));
            case SOCKS -> new OutboundSettings.Socks(proxies);
            case HTTP -> new OutboundSettings.Http(proxies);
        };
    }

    /** As much of a server as lets a client open a stream. */
    private static void serve(Kind kind, Peer peer) throws IOException {
        switch (kind) {
            case SOCKS -> {
                peer.read(3);
                peer.send(new byte[] {5, 2});
                peer.read(5);
                peer.send(new byte[] {1, 0});
                peer.read(10);
                peer.send(new byte[] {5, 0, 0, 1, 127, 0, 0, 1, 0, 80});
            }
            case HTTP -> peer.send("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            case FREEDOM, VMESS, VLESS -> {
                // Opened as soon as it is connected.
            }
        }
        peer.readToEnd();
    }

    private SessionPolicy limits(Kind kind, int level, boolean datagrams) throws Exception {
        InetSocketAddress server = rig.serve(peer -> serve(kind, peer));
        rig.apply(POLICY, settings(kind, server, level));
        Destination target =
                datagrams ? Destination.udp(Address.parse("127.0.0.1"), server.getPort()) : TestOrders.tcp(server);
        Channel opened = rig.tryOpen(TestOrders.order("out", target)).getNow();
        try {
            // On the loop, where what is done once it is open has been done by then.
            return opened.eventLoop()
                    .submit(() -> Channels.limited(opened, SessionPolicy.DEFAULT))
                    .get(30, TimeUnit.SECONDS);
        } finally {
            opened.close().sync();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theShorterOfBothEndsCounts(Kind kind) throws Exception {
        assertThat(limits(kind, LEVEL, false)).isEqualTo(new SessionPolicy(9_000, 1_000, 500, BUFFER));
        assertThat(limits(kind, 0, false)).isEqualTo(new SessionPolicy(77_000, 1_000, 1_000, BUFFER));
    }

    @ParameterizedTest
    @EnumSource(names = {"FREEDOM", "VMESS", "VLESS"})
    void datagramsToo(Kind kind) throws Exception {
        assertThat(limits(kind, LEVEL, true).connIdleMillis()).isEqualTo(9_000);
    }

    @Test
    void aLevelThatIsNotConfiguredIsTheDefault() throws Exception {
        assertThat(limits(Kind.FREEDOM, 3, false)).isEqualTo(SessionPolicy.DEFAULT);
    }
}
