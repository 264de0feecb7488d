package io.culvert.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Half-close on real sockets, with nothing but what every socket has. */
class HalfCloseHandlerTest {
    private @Nullable TestLoop loop;
    private @Nullable Peer peer;
    private @Nullable Channel channel;
    private final List<Object> events = new CopyOnWriteArrayList<>();
    private final AtomicLong bytes = new AtomicLong();

    private record Connected(TestLoop loop, Peer peer, Channel channel) {}

    private Connected connect(TestLoop.Kind kind) throws Exception {
        assumeTrue(kind.isAvailable(), "skipped: no epoll here");
        TestLoop own = new TestLoop(kind);
        loop = own;
        try (ServerSocket listener = new ServerSocket()) {
            listener.setReceiveBufferSize(16 * 1024);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            var connected = own.call(() -> Sockets.connect(
                    own.loop(), (InetSocketAddress) listener.getLocalSocketAddress(), null, SocketOptions.NONE));
            Peer far = Peer.of(listener.accept());
            peer = far;
            Channel near = connected.sync().channel();
            channel = near;
            own.call(() -> near.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    bytes.addAndGet(((ByteBuf) message).readableBytes());
                    ((ByteBuf) message).release();
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    events.add(event);
                }
            }));
            own.call(() -> {
                EarlyBytesHandler.openIn(near);
                ReadGate.of(near).release(ReadGate.OPENING);
                return true;
            });
            return new Connected(own, far, near);
        }
    }

    @AfterEach
    void close() throws Exception {
        if (channel != null) {
            channel.close().sync();
        }
        if (peer != null) {
            peer.close();
        }
        if (loop != null) {
            loop.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFinIsTheEndOfTheInputAndNotOfTheChannel(TestLoop.Kind kind) throws Exception {
        Connected c = connect(kind);
        c.peer().send(new byte[100_000]);
        c.peer().finish();
        Await.until("end of input", () -> events.contains(StreamEnd.INPUT));
        assertThat(bytes).hasValue(100_000);
        assertThat(c.channel().isActive()).isTrue();
        c.channel().writeAndFlush(Unpooled.wrappedBuffer(new byte[10])).sync();
        assertThat(c.peer().read(10)).hasSize(10);
        assertThat(events).filteredOn(event -> event == StreamEnd.INPUT).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void theEndOfTheOutputWaitsForEverythingInFrontOfIt(TestLoop.Kind kind) throws Exception {
        Connected c = connect(kind);
        byte[] much = Payload.of(1, 6 << 20);
        c.loop().call(() -> {
            c.channel().write(Unpooled.wrappedBuffer(much));
            return c.channel().writeAndFlush(StreamEnd.OUTPUT, c.channel().voidPromise());
        });
        assertThat(c.loop().call(() -> Channels.queuedBytes(c.channel()))).isPositive();
        Peer.Ending ending = c.peer().readToEnd();
        assertThat(ending.clean()).isTrue();
        assertThat(ending.bytes()).hasSize(much.length).isEqualTo(much);
        c.peer().send(new byte[7]);
        Await.until("still reading", () -> bytes.get() == 7);
        assertThat(c.channel().isActive()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenBehindTheEndFailsAndTheInputGoesOn(TestLoop.Kind kind) throws Exception {
        Connected c = connect(kind);
        c.channel().writeAndFlush(StreamEnd.OUTPUT).sync();
        assertThat(c.peer().readToEnd().clean()).isTrue();
        ByteBuf late = Unpooled.wrappedBuffer(new byte[3]);
        assertThat(c.channel().writeAndFlush(late).await().cause()).isInstanceOf(ClosedChannelException.class);
        assertThat(late.refCnt()).isZero();
        c.peer().send(new byte[7]);
        Await.until("still reading", () -> bytes.get() == 7);
        assertThat(c.channel().isActive()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void aSecondEndOfTheOutputIsHarmless(TestLoop.Kind kind) throws Exception {
        Connected c = connect(kind);
        c.channel().writeAndFlush(StreamEnd.OUTPUT).sync();
        c.channel().writeAndFlush(StreamEnd.OUTPUT).sync();
        assertThat(c.peer().readToEnd().clean()).isTrue();
        assertThat(c.channel().isOpen()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void aGentleCloseDeliversEverything(TestLoop.Kind kind) throws Exception {
        Connected c = connect(kind);
        byte[] much = Payload.of(2, 6 << 20);
        c.loop().call(() -> {
            c.channel().write(Unpooled.wrappedBuffer(much));
            Channels.closeGently(c.channel());
            return true;
        });
        Peer.Ending ending = c.peer().readToEnd();
        assertThat(ending.clean()).isTrue();
        assertThat(ending.bytes()).hasSize(much.length).isEqualTo(much);
        Await.until("closed", () -> !c.channel().isOpen());
    }

    @ParameterizedTest
    @EnumSource
    void anAbortIsAReset(TestLoop.Kind kind) throws Exception {
        Connected c = connect(kind);
        c.loop().call(() -> {
            c.channel().write(Unpooled.wrappedBuffer(new byte[6 << 20]));
            Channels.abort(c.channel());
            Channels.abort(c.channel());
            return true;
        });
        assertThat(c.peer().readToEnd().clean()).isFalse();
        assertThat(c.channel().isOpen()).isFalse();
    }
}
