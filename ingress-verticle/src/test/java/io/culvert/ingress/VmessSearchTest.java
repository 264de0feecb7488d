package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.UserRef;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.culvert.wire.vmess.CipherScratch;
import io.culvert.wire.vmess.VmessBodyEncoder;
import io.culvert.wire.vmess.VmessCommand;
import io.culvert.wire.vmess.VmessRequest;
import io.culvert.wire.vmess.VmessRequestEncoder;
import io.culvert.wire.vmess.VmessSecurity;
import io.culvert.wire.vmess.VmessUser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An inbound with more users than are tried on the event loop. */
class VmessSearchTest {
    private static final int USERS = 1_000;
    private static final byte[] PAYLOAD = Payload.of(1, 300_000);

    private final int port;
    private final BlockingQueue<byte[]> arrived = new ArrayBlockingQueue<>(4);
    private NodeRig node;

    VmessSearchTest() throws Exception {
        port = NodeRig.freePort();
        node = start();
    }

    private NodeRig start() throws Exception {
        return new NodeRig.Builder()
                .inbound(
                        "in",
                        port,
                        new InboundSettings.Vmess(
                                IntStream.range(0, USERS)
                                        .mapToObj(i -> new InboundSettings.VmessUser(id(i), i % 2 == 0 ? 0 : 1, 0, ""))
                                        .toList(),
                                false))
                .shortDeadline()
                .start();
    }

    @BeforeEach
    void nothingIsSearchedYet() {
        assertThat(searches()).isZero();
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    private static UUID id(int user) {
        return new UUID(0x1234_5678_9abc_4defL, 0x8000_0000_0000_0000L + user);
    }

    private long searches() {
        return node.ingress().strangersWork().ofUsers()
                + node.ingress().strangersWork().ofStrangers();
    }

    private int server() throws IOException {
        return node.serve(peer -> {
            arrived.add(peer.read(PAYLOAD.length));
            peer.send(new byte[] {1});
            peer.readToEnd();
        });
    }

    /** A header and the payload behind it. */
    private static byte[] session(int user, int alterId, int server) {
        SecureRandom random = new SecureRandom();
        VmessRequestEncoder encoder = new VmessRequestEncoder(
                new VmessUser(id(user), alterId, new UserRef("", 0)), random, () -> System.currentTimeMillis() / 1000);
        ByteBuf out = Unpooled.buffer();
        Destination to = Destination.tcp(Address.parse("127.0.0.1"), server);
        VmessRequest request = encoder.encode(VmessSecurity.AES_128_GCM, 0x0D, VmessCommand.TCP, to, out);
        VmessBodyEncoder.ofRequest(request).encode(Unpooled.wrappedBuffer(PAYLOAD), out, new CipherScratch(random));
        return ByteBufUtil.getBytes(out);
    }

    private void expectPayload() throws InterruptedException {
        byte[] got = arrived.poll(30, TimeUnit.SECONDS);
        assertThat(got != null && Arrays.equals(got, PAYLOAD))
                .as("the payload, in order")
                .isTrue();
    }

    @Test
    void aNewUserIsSearchedOnceAndAllItsBytesFollowInOrder() throws Exception {
        byte[] first = session(998, 0, server());
        try (Peer client = node.connect(port)) {
            // The search waits for 16 bytes only, and all that follows waits for it.
            client.socket().setTcpNoDelay(true);
            client.send(Arrays.copyOf(first, 5));
            client.send(Arrays.copyOfRange(first, 5, first.length));
            assertThat(client.read(1)).hasSize(1);
        }
        expectPayload();
        assertThat(searches()).isEqualTo(1);
        try (Peer client = node.connect(port)) {
            client.send(session(998, 0, server()));
            assertThat(client.read(1)).hasSize(1);
        }
        expectPayload();
        assertThat(searches()).as("from this address it is tried first").isEqualTo(1);
    }

    @Test
    void legacyHeadersAreFoundByTheirTable() throws Exception {
        try (Peer client = node.connect(port)) {
            client.send(session(999, 1, server()));
            assertThat(client.read(1)).hasSize(1);
        }
        expectPayload();
        assertThat(searches()).isZero();
    }

    @Test
    void strangersAreHeldUntilTheDeadlineAndNamedAsEver() throws Exception {
        try (Peer stranger = node.connect(port)) {
            stranger.send(new byte[200]);
            assertThat(stranger.readToEnd().bytes()).isEmpty();
        }
        Await.until("counted", () -> node.ingress().registry().ended(CloseCause.AUTH_FAILED) == 1);
        assertThat(node.ingress().strangersWork().ofStrangers()).isEqualTo(1);
    }

    @Test
    void whoLeavesDuringTheSearchLeavesNothing() throws Exception {
        for (int i = 0; i < 50; i++) {
            Peer stranger = node.connect(port);
            stranger.send(new byte[16]);
            stranger.close();
        }
        Await.until("nobody is half open", () -> node.ingress().halfOpen().now() == 0);
        Await.until("nothing waits", () -> node.ingress().strangersWork().waiting() == 0);
    }
}
