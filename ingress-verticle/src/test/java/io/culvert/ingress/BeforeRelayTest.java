package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.UserRef;
import io.culvert.transport.Outbound;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.culvert.wire.vmess.VmessCommand;
import io.culvert.wire.vmess.VmessRequestEncoder;
import io.culvert.wire.vmess.VmessSecurity;
import io.culvert.wire.vmess.VmessUser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to a client's channel while its session is being opened ends the session then. */
class BeforeRelayTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");

    /** Opens what it is asked for when it is told to. */
    private static final class Patient implements Outbound {
        final Outbound egress;
        final CompletableFuture<Runnable> asked = new CompletableFuture<>();
        final CompletableFuture<Channel> opened = new CompletableFuture<>();

        Patient(Outbound egress) {
            this.egress = egress;
        }

        @Override
        public Future<Channel> open(DialOrder order, EventLoop loop) {
            Promise<Channel> promise = loop.newPromise();
            asked.complete(() -> egress.open(order, loop).addListener((Future<Channel> done) -> {
                opened.complete(done.getNow());
                promise.setSuccess(done.getNow());
            }));
            return promise;
        }

        void openNow() throws Exception {
            asked.get(Await.LONG.toSeconds(), TimeUnit.SECONDS).run();
        }
    }

    private static NodeRig.Builder vmess(int port) {
        return new NodeRig.Builder()
                .inbound(
                        "in",
                        port,
                        new InboundSettings.Vmess(List.of(new InboundSettings.VmessUser(ID, 0, 0, "")), false));
    }

    /** A request and a body of one chunk whose tag cannot be right. */
    private static byte[] damaged(int target) {
        VmessRequestEncoder encoder = new VmessRequestEncoder(
                new VmessUser(ID, 0, new UserRef("", 0)), new SecureRandom(), () -> System.currentTimeMillis() / 1000);
        ByteBuf out = Unpooled.buffer();
        // Option 1: lengths of chunks are in the clear.
        encoder.encode(
                VmessSecurity.AES_128_GCM,
                0x01,
                VmessCommand.TCP,
                Destination.tcp(Address.parse("127.0.0.1"), target),
                out);
        out.writeShort(32).writeZero(32);
        byte[] bytes = ByteBufUtil.getBytes(out);
        out.release();
        return bytes;
    }

    private static void assertOneEnd(NodeRig node, CloseCause cause) {
        assertThat(node.awaitLine(" closed ")).endsWith("cause: " + cause.text());
        node.awaitQuiet();
        assertThat(node.lines()).filteredOn(line -> line.contains(" closed ")).hasSize(1);
        assertThat(node.ingress().registry().ended(cause)).isEqualTo(1);
    }

    /** The client says no more and does not leave. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDamagedBodyEndsASessionThatIsDialled(boolean nativeTransport) throws Exception {
        int port = NodeRig.freePort();
        CompletableFuture<Patient> egress = new CompletableFuture<>();
        try (NodeRig node = vmess(port)
                .nativeTransport(nativeTransport)
                .egress(own -> {
                    egress.complete(new Patient(own));
                    return egress.join();
                })
                .start()) {
            int target = node.xorEcho();
            try (Peer client = node.connect(port)) {
                client.send(damaged(target));
                assertOneEnd(node, CloseCause.CORRUPT);
                assertThat(client.readToEnd().bytes()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsOpenedForASessionThatHasEndedIsClosed(boolean nativeTransport) throws Exception {
        int port = NodeRig.freePort();
        CompletableFuture<Patient> egress = new CompletableFuture<>();
        try (NodeRig node = vmess(port)
                .nativeTransport(nativeTransport)
                .linked()
                .egress(own -> {
                    egress.complete(new Patient(own));
                    return egress.join();
                })
                .start()) {
            int target = node.xorEcho();
            try (Peer client = node.connect(port)) {
                byte[] sent = damaged(target);
                client.send(Arrays.copyOf(sent, sent.length - 34));
                Await.until("an egress is asked", egress.join().asked::isDone);
                client.send(Arrays.copyOfRange(sent, sent.length - 34, sent.length));
                assertOneEnd(node, CloseCause.CORRUPT);
                egress.join().openNow();
                Channel opened = egress.join().opened.get(Await.LONG.toSeconds(), TimeUnit.SECONDS);
                Await.until("what was opened is closed", () -> !opened.isOpen());
            }
        }
    }

    /** Also where the whole of it goes by itself: the leak of sessions that nobody ends. */
    @Test
    void noneOfManyDamagedSessionsIsLeft() throws Exception {
        int port = NodeRig.freePort();
        try (NodeRig node = vmess(port).nativeTransport(true).start()) {
            int target = node.xorEcho();
            for (int i = 0; i < 50; i++) {
                try (Peer client = node.connect(port)) {
                    client.send(damaged(target));
                }
            }
            Await.until(
                    "all have ended",
                    () -> node.lines().stream()
                                    .filter(line -> line.contains(" closed "))
                                    .count()
                            == 50);
            node.awaitQuiet();
        }
    }
}
