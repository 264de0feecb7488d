package io.culvert.transport.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.channel.ChildChannel;
import io.culvert.transport.channel.DatagramsInStream;
import io.culvert.transport.channel.DroppedDatagrams;
import io.culvert.transport.channel.ReadGate;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A relay of datagrams between two child channels of one loop. */
class DatagramRelayTest {
    private static final SessionPolicy POLICY = new SessionPolicy(600_000, 600_000, 600_000, 1_000);

    private final EmbeddedChannel parent = new EmbeddedChannel();
    private final Side client = new Side();
    private final Side upstream = new Side();
    private final List<CloseCause> causes = new ArrayList<>();

    /** A channel whose far end the test plays. */
    private final class Side extends ChildChannel {
        private final List<Integer> sent = new ArrayList<>();
        private boolean stuck;
        private boolean gone;

        Side() {
            super(parent);
        }

        @Override
        protected void send(ByteBuf bytes) {
            sent.add(bytes.readableBytes());
            bytes.release();
        }

        @Override
        protected void sendComplete() {
            // Nothing is gathered.
        }

        @Override
        protected void sendEnd() {
            throw new AssertionError("datagrams have no end");
        }

        @Override
        protected boolean canSend() {
            return !stuck;
        }

        @Override
        protected void closed() {
            gone = true;
        }

        /** Datagrams that one read has brought. */
        void burst(int datagrams, int length) {
            for (int i = 0; i < datagrams; i++) {
                queue(Unpooled.wrappedBuffer(new byte[length]));
            }
            deliverQueued();
            parent.runPendingTasks();
        }

        void datagram(int length) {
            deliver(Unpooled.wrappedBuffer(new byte[length]));
            parent.runPendingTasks();
        }
    }

    private void start() {
        if (!client.isRegistered()) {
            client.start();
        }
        upstream.start();
        ReadGate.of(client).hold(ReadGate.OPENING);
        ReadGate.of(upstream).hold(ReadGate.OPENING);
        RelayPump.prepare(client, upstream, Network.UDP, POLICY, (cause, up, down) -> causes.add(cause))
                .start();
        parent.runPendingTasks();
    }

    @Test
    void eachStaysOne() {
        start();
        client.datagram(3);
        client.datagram(70);
        upstream.datagram(5);
        assertThat(upstream.sent).containsExactly(3, 70);
        assertThat(client.sent).containsExactly(5);
        assertThat(causes).isEmpty();
    }

    @Test
    void whatTheOtherSideCannotTakeIsDroppedAndNothingWaits() {
        start();
        upstream.stuck = true;
        for (int i = 0; i < 50; i++) {
            client.datagram(100);
        }
        assertThat(client.queued()).as("the client is read on").isZero();
        upstream.stuck = false;
        upstream.sendable();
        int taken = upstream.sent.size();
        assertThat(taken).as("what fits the queue").isBetween(1, 12);
        client.datagram(99);
        assertThat(upstream.sent).hasSize(taken + 1).endsWith(99);
    }

    @Test
    void noneOfABurstIsDroppedThatWasNotTried() {
        start();
        long before = DroppedDatagrams.sum(DroppedDatagrams.Reason.CONGESTED);
        client.burst(5_000, 100);
        assertThat(upstream.sent).hasSize(5_000);
        assertThat(DroppedDatagrams.sum(DroppedDatagrams.Reason.CONGESTED)).isEqualTo(before);
        upstream.stuck = true;
        client.burst(50, 100);
        upstream.stuck = false;
        upstream.sendable();
        assertThat(DroppedDatagrams.sum(DroppedDatagrams.Reason.CONGESTED) - before)
                .as("dropped and counted")
                .isEqualTo(5_050 - upstream.sent.size())
                .isPositive();
    }

    @Test
    void theDatagramsOfAStreamWait() {
        client.start();
        client.pipeline().addFirst(new OfStream());
        start();
        upstream.stuck = true;
        for (int i = 0; i < 50; i++) {
            client.datagram(100);
        }
        assertThat(client.queued()).as("the client is not read on").isPositive();
        upstream.stuck = false;
        upstream.sendable();
        parent.runPendingTasks();
        assertThat(upstream.sent).hasSize(50);
        assertThat(client.queued()).isZero();
    }

    private static final class OfStream extends ChannelInboundHandlerAdapter implements DatagramsInStream {}

    @Test
    void earlyDatagramsComeFirstAndInOrder() {
        client.start();
        upstream.start();
        ReadGate.of(client).hold(ReadGate.OPENING);
        client.datagram(1);
        client.datagram(2);
        assertThat(client.queued()).isEqualTo(3);
        RelayPump.prepare(client, upstream, Network.UDP, POLICY, (cause, up, down) -> causes.add(cause))
                .start();
        parent.runPendingTasks();
        client.datagram(3);
        assertThat(upstream.sent).containsExactly(1, 2, 3);
    }

    @Test
    void oneSideGoneClosesTheOther() {
        start();
        upstream.close();
        parent.runPendingTasks();
        assertThat(client.gone).isTrue();
        assertThat(causes).containsExactly(CloseCause.UPSTREAM_RESET);
    }

    @Test
    void aChannelThatIsGoneBeforeTheStartEndsTheSession() {
        client.start();
        upstream.start();
        client.close();
        RelayPump.prepare(client, upstream, Network.UDP, POLICY, (cause, up, down) -> causes.add(cause))
                .start();
        parent.runPendingTasks();
        assertThat(upstream.gone).isTrue();
        assertThat(causes).containsExactly(CloseCause.CLIENT_RESET);
    }
}
