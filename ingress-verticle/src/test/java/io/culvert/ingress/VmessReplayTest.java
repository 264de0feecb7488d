package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.UserRef;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.culvert.wire.vmess.VmessCommand;
import io.culvert.wire.vmess.VmessRequestEncoder;
import io.culvert.wire.vmess.VmessSecurity;
import io.culvert.wire.vmess.VmessUser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A header that has opened a session opens no second one: at no inbound of the node, and not after its restart. */
class VmessReplayTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    /** A legacy header's time is up to 30 s before what the clock says. */
    private static final long SLOW_SECONDS = 110;

    @TempDir
    private Path folder;

    private final int[] ports = new int[2];

    VmessReplayTest() throws IOException {
        ports[0] = NodeRig.freePort();
        ports[1] = NodeRig.freePort();
    }

    private static InboundSettings settings(int alterId) {
        return new InboundSettings.Vmess(List.of(new InboundSettings.VmessUser(ID, alterId, 0, "")), false);
    }

    private NodeRig node(int alterId, SeenMemory seen) throws Exception {
        return new NodeRig.Builder()
                .inbound("a", ports[0], settings(alterId))
                .inbound("b", ports[1], settings(alterId))
                .shortDeadline()
                .seen(seen)
                .start();
    }

    private SeenMemory kept() {
        return new SeenMemory(() -> folder.resolve("seen"));
    }

    private static byte[] header(int alterId, int server, long secondsAgo) {
        long time = System.currentTimeMillis() / 1000 - secondsAgo;
        VmessRequestEncoder encoder = new VmessRequestEncoder(
                new VmessUser(ID, alterId, new UserRef("", 0)), new WithoutJitter(), () -> time);
        ByteBuf out = Unpooled.buffer();
        Destination to = Destination.tcp(Address.parse("127.0.0.1"), server);
        encoder.encode(VmessSecurity.AES_128_GCM, 0x05, VmessCommand.TCP, to, out);
        return ByteBufUtil.getBytes(out);
    }

    /** Draws the middle of a legacy header's jitter. */
    @SuppressWarnings("serial")
    private static final class WithoutJitter extends SecureRandom {
        @Override
        public int nextInt(int bound) {
            return bound == 60 ? 30 : super.nextInt(bound);
        }
    }

    private static int server(NodeRig node) throws IOException {
        return node.serve(peer -> {
            peer.send(new byte[] {1});
            peer.readToEnd();
        });
    }

    private static void assertTaken(NodeRig node, int port, byte[] header) throws IOException {
        try (Peer client = node.connect(port)) {
            client.send(header);
            assertThat(client.read(1)).hasSize(1);
        }
    }

    private static void assertRefused(NodeRig node, int port, byte[] header) throws IOException {
        long before = node.ingress().registry().ended(CloseCause.REPLAYED);
        try (Peer client = node.connect(port)) {
            client.send(header);
            assertThat(client.readToEnd().bytes()).isEmpty();
        }
        Await.until("a replay is counted", () -> node.ingress().registry().ended(CloseCause.REPLAYED) == before + 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void ofAllInboundsOfANodeOneTakesAHeaderOnce(int alterId) throws Exception {
        try (NodeRig node = node(alterId, SeenMemory.none())) {
            byte[] header = header(alterId, server(node), 0);
            assertTaken(node, ports[0], header);
            assertRefused(node, ports[1], header);
            assertRefused(node, ports[0], header);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aRestartForgetsNoHeaderAndRefusesNoSlowClock(int alterId) throws Exception {
        byte[] used;
        byte[] usedBySlow;
        try (SeenMemory seen = kept();
                NodeRig node = node(alterId, seen)) {
            int server = server(node);
            used = header(alterId, server, 0);
            assertTaken(node, ports[0], used);
            // The first start knows nothing of the time before.
            assertRefused(node, ports[0], header(alterId, server, SLOW_SECONDS));
            assertThat(seen.isKept()).isTrue();
        }
        try (SeenMemory seen = kept();
                NodeRig node = node(alterId, seen)) {
            int server = server(node);
            assertRefused(node, ports[1], used);
            usedBySlow = header(alterId, server, SLOW_SECONDS - 5);
            assertTaken(node, ports[0], header(alterId, server, SLOW_SECONDS));
            assertTaken(node, ports[0], usedBySlow);
        }
        try (SeenMemory seen = kept();
                NodeRig node = node(alterId, seen)) {
            assertRefused(node, ports[0], usedBySlow);
        }
    }

    @Test
    void aFileThatIsCutOffMakesOlderHeadersRefused() throws Exception {
        Files.write(folder.resolve("seen"), new byte[1_000]);
        try (SeenMemory seen = kept();
                NodeRig node = node(0, seen)) {
            int server = server(node);
            assertRefused(node, ports[0], header(0, server, 40));
            assertTaken(node, ports[0], header(0, server, 20));
        }
    }

    @Test
    void withoutAFolderItIsRememberedInMemory() throws Exception {
        try (SeenMemory seen = new SeenMemory(() -> {
                    throw new IOException("the folder cannot be used");
                });
                NodeRig node = node(0, seen)) {
            byte[] header = header(0, server(node), 0);
            assertTaken(node, ports[0], header);
            assertRefused(node, ports[0], header);
            assertRefused(node, ports[0], header(0, server(node), SLOW_SECONDS));
            assertThat(seen.isKept()).isFalse();
        }
    }
}
