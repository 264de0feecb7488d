package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings;
import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionFailure;
import io.culvert.transport.Outbound;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client of a farm says while its session is being opened. */
class FirstBytesTest {
    private static final byte[] SAID = Payload.of(6, 3_000);

    /** Waits for a client's first bytes before it opens anything, or fails then. */
    private static final class Listening implements Outbound {
        final Outbound egress;
        final boolean fails;
        final Queue<byte[]> heard = new ConcurrentLinkedQueue<>();

        Listening(Outbound egress, boolean fails) {
            this.egress = egress;
            this.fails = fails;
        }

        @Override
        public Future<Channel> open(DialOrder order, EventLoop loop) {
            throw new IllegalStateException("a farm's sessions say what they have heard");
        }

        @Override
        public Future<Channel> open(DialOrder order, EventLoop loop, Supplier<@Nullable ByteBuf> first) {
            Promise<Channel> opened = loop.newPromise();
            whenHeard(order, loop, first, opened);
            return opened;
        }

        private void whenHeard(
                DialOrder order, EventLoop loop, Supplier<@Nullable ByteBuf> first, Promise<Channel> opened) {
            ByteBuf said = first.get();
            if (said == null) {
                loop.schedule(() -> whenHeard(order, loop, first, opened), 1, TimeUnit.MILLISECONDS);
                return;
            }
            heard.add(ByteBufUtil.getBytes(said));
            if (fails) {
                opened.setFailure(new SessionFailure(CloseCause.DIAL_REFUSED, "a failure that the test wants"));
                return;
            }
            egress.open(order, loop).addListener((Future<Channel> done) -> {
                if (done.isSuccess()) {
                    opened.setSuccess(done.getNow());
                } else {
                    opened.setFailure(done.cause());
                }
            });
        }
    }

    private static NodeRig.Builder socks(int inbound) {
        return new NodeRig.Builder()
                .inbound("in", inbound, new InboundSettings.Socks(false, List.of(), false, null, 0, false))
                .linked();
    }

    /** A client whose request has been taken, and who has said nothing of its own yet. */
    private static Peer connect(NodeRig rig, int inbound, int target) throws IOException {
        Peer client = rig.connect(inbound);
        client.send(HexFormat.of().parseHex("050100" + "050100017f000001" + "%04x".formatted(target)));
        assertThat(client.read(12)).startsWith(5, 0, 5, 0);
        return client;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void areThereBeforeTheEgressIsAndArriveOnce(boolean nativeTransport) throws Exception {
        int inbound = NodeRig.freePort();
        Queue<Listening> listening = new ConcurrentLinkedQueue<>();
        try (NodeRig rig = socks(inbound)
                .nativeTransport(nativeTransport)
                .egress(egress -> {
                    listening.add(new Listening(egress, false));
                    return listening.element();
                })
                .start()) {
            try (Peer client = connect(rig, inbound, rig.xorEcho())) {
                client.send(SAID);
                assertThat(client.read(SAID.length)).isEqualTo(NodeRig.xor(SAID));
                client.send(SAID);
                client.finish();
                assertThat(client.readToEnd().bytes()).isEqualTo(NodeRig.xor(SAID));
            }
            assertThat(listening.element().heard).singleElement().isEqualTo(SAID);
            rig.awaitQuiet();
        }
    }

    /** As bytes that lie unread in a socket which is closed. */
    @Test
    void thatAreLostAreNotEndedInOrder() throws Exception {
        int inbound = NodeRig.freePort();
        try (NodeRig rig =
                socks(inbound).egress(egress -> new Listening(egress, true)).start()) {
            try (Peer client = connect(rig, inbound, NodeRig.freePort())) {
                client.send(SAID);
                assertThat(client.readToEnd().clean()).isFalse();
            }
            rig.awaitQuiet();
        }
    }
}
