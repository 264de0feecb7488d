package io.culvert.transport.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.Network;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What a node is held to that has a valid order and then does as it likes. */
class LinkWindowTest {
    private static final int STREAM = 5;

    private static byte[] frame(int type, int length) {
        return ByteBufUtil.getBytes(Unpooled.buffer()
                .writeLong(LinkFrames.head(type, STREAM, length))
                .writeZero(length));
    }

    /** Opens a session, and returns what speaks on its link. */
    private static Peer open(LinkRig rig) throws IOException {
        Peer peer = Peer.connect(rig.cable.address(), 0);
        ByteBuf order = Unpooled.wrappedBuffer(LinkRig.bytesOf(rig.order(Network.TCP, rig.destination.getLocalPort())));
        peer.send(ByteBufUtil.getBytes(Unpooled.buffer()
                .writeBytes(LinkFrames.preface())
                .writeLong(LinkFrames.head(LinkFrames.ORDER, STREAM, order.readableBytes()))
                .writeBytes(order)));
        assertThat(Unpooled.wrappedBuffer(peer.read(LinkFrames.HEAD)).readLong())
                .isEqualTo(LinkFrames.head(LinkFrames.OPENED, STREAM, 0));
        return peer;
    }

    private static LinkRig clear() throws Exception {
        return new LinkRig(null, null, TestLoop.Kind.NIO);
    }

    @Test
    void who_sends_more_than_its_window_loses_the_connection() throws Exception {
        try (LinkRig rig = clear();
                Peer peer = open(rig);
                Peer far = rig.accept()) {
            byte[] data = frame(LinkFrames.DATA, LinkLimits.FRAME);
            Thread sending = Thread.ofVirtual().start(() -> sendUntilItFails(peer, data));
            Await.until("cut off", () -> rig.server.connections() == 0);
            assertThat(rig.server.sessions()).isZero();
            peer.reset();
            sending.join();
            assertThat(far.readToEnd().clean()).isFalse();
        }
    }

    private static void sendUntilItFails(Peer peer, byte[] bytes) {
        try {
            while (true) {
                peer.send(bytes);
            }
        } catch (IOException _) {
            // What it was sent for.
        }
    }

    @Test
    void a_window_without_bound_ends_the_connection() throws Exception {
        try (LinkRig rig = clear();
                Peer peer = open(rig);
                Peer far = rig.accept()) {
            byte[] window = ByteBufUtil.getBytes(Unpooled.buffer()
                    .writeLong(LinkFrames.head(LinkFrames.WINDOW, STREAM, 4))
                    .writeInt(Integer.MAX_VALUE));
            peer.send(window);
            assertThat(far.readToEnd().clean()).isFalse();
            Await.until("forgotten", () -> rig.server.sessions() == 0);
        }
    }

    @Test
    void a_stream_is_opened_once() throws Exception {
        try (LinkRig rig = clear();
                Peer peer = open(rig);
                Peer far = rig.accept()) {
            peer.send(frame(LinkFrames.ORDER, 10));
            assertThat(far.readToEnd().clean()).isFalse();
            assertThat(rig.egress.dials).hasValue(1);
        }
    }

    @Test
    void frames_of_a_stream_that_has_ended_are_passed_over() throws Exception {
        try (LinkRig rig = clear();
                Peer peer = open(rig);
                Peer far = rig.accept()) {
            peer.send(ByteBufUtil.getBytes(Unpooled.buffer()
                    .writeLong(LinkFrames.head(LinkFrames.RESET, STREAM, 1))
                    .writeByte(1)));
            assertThat(far.readToEnd().clean()).isFalse();
            peer.send(frame(LinkFrames.DATA, 1_000));
            peer.send(frame(LinkFrames.END, 0));
            peer.send(frame(LinkFrames.PING, 0));
            assertThat(LinkFrames.typeOf(
                            Unpooled.wrappedBuffer(peer.read(LinkFrames.HEAD)).readLong()))
                    .isEqualTo(LinkFrames.PONG);
        }
    }
}
