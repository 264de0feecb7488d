package io.culvert.egress.outbound;

import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.PolicyConfig;
import io.culvert.config.Position;
import io.culvert.config.StreamConfig;
import io.culvert.egress.Egress;
import io.culvert.egress.TestConfigs;
import io.culvert.egress.TestOrders;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestLoop;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An egress, servers that follow a script, and channels used as a relay uses them. */
final class OutboundRig implements AutoCloseable {
    private final TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
    private final Egress egress = new Egress(TestOrders.NODE, Set::of, Set::of, Set.of());
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Throwable> serverFaults = new CopyOnWriteArrayList<>();
    private long epoch;

    Egress egress() {
        return egress;
    }

    static OutboundConfig outbound(String tag, OutboundSettings settings) {
        return new OutboundConfig(tag, null, settings, StreamConfig.RAW, Position.NONE);
    }

    void apply(OutboundConfig... outbounds) throws TlsConfigException {
        egress.apply(TestConfigs.of(outbounds), ConfigVersion.of(++epoch));
    }

    void apply(PolicyConfig policy, OutboundSettings settings) throws TlsConfigException {
        egress.apply(TestConfigs.of(policy, outbound("out", settings)), ConfigVersion.of(++epoch));
    }

    void apply(OutboundSettings settings) throws TlsConfigException {
        apply(outbound("out", settings));
    }

    /** What a server does with a connection. */
    interface Script {
        void run(Peer peer) throws IOException;
    }

    /** Listens on loopback, and runs the script on every connection. */
    InetSocketAddress serve(Script script) throws IOException {
        return serve(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
    }

    /** Runs the script on every connection of a socket that listens, which is closed with the rig. */
    InetSocketAddress serve(ServerSocket listener, Script script) {
        open.add(listener);
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try {
                    Peer peer = Peer.of(listener.accept());
                    Thread.ofVirtual().start(() -> run(script, peer));
                } catch (IOException e) {
                    return;
                }
            }
        });
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private void run(Script script, Peer peer) {
        try (peer) {
            script.run(peer);
        } catch (IOException | AssertionError e) {
            serverFaults.add(e);
        }
    }

    List<Throwable> serverFaults() {
        return serverFaults;
    }

    Future<Channel> tryOpen(DialOrder order) throws Exception {
        Future<Channel> opened = loop.call(() -> egress.open(order, loop.loop()));
        if (!opened.await(Await.LONG.toMillis())) {
            throw new AssertionError("not opened within " + Await.LONG);
        }
        return opened;
    }

    Opened open(DialOrder order) throws Exception {
        Future<Channel> opened = tryOpen(order);
        if (!opened.isSuccess()) {
            throw new AssertionError("not opened", opened.cause());
        }
        return new Opened(opened.getNow());
    }

    /** Why an order was refused, or null where it was not. */
    @Nullable
    CloseCause refusal(DialOrder order) throws Exception {
        Future<Channel> opened = tryOpen(order);
        if (opened.isSuccess()) {
            opened.getNow().close().sync();
            return null;
        }
        return opened.cause() instanceof SessionFailure failure ? failure.closeCause() : CloseCause.INTERNAL;
    }

    /** A channel that a relay has taken over. */
    final class Opened implements AutoCloseable {
        private final Channel channel;
        private final ByteBuf received = Unpooled.buffer();
        private final List<Integer> datagrams = new CopyOnWriteArrayList<>();
        private final List<Object> events = new CopyOnWriteArrayList<>();

        private Opened(Channel channel) throws Exception {
            this.channel = channel;
            open.add(this);
            loop.call(() -> {
                channel.pipeline().addLast(new Taker());
                EarlyBytesHandler.openIn(channel);
                ReadGate.of(channel).release(ReadGate.OPENING);
                return true;
            });
        }

        private final class Taker extends ChannelInboundHandlerAdapter {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ByteBuf bytes = (ByteBuf) message;
                datagrams.add(bytes.readableBytes());
                received.writeBytes(bytes);
                bytes.release();
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                events.add(event);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
                events.add(fault);
            }
        }

        Channel channel() {
            return channel;
        }

        void send(byte[] bytes) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(bytes.clone()));
        }

        void finish() {
            channel.writeAndFlush(StreamEnd.OUTPUT, channel.newPromise());
        }

        byte[] awaitBytes(int count) {
            Await.until(count + " bytes", () -> onLoop(received::readableBytes) >= count);
            byte[] bytes = new byte[count];
            onLoop(() -> received.readBytes(bytes).readableBytes());
            return bytes;
        }

        void awaitEnd() {
            awaitEvent(StreamEnd.INPUT);
        }

        void awaitEvent(Object event) {
            Await.until(event.toString(), () -> events.contains(event));
        }

        List<Integer> datagrams() {
            return datagrams;
        }

        int unread() {
            return onLoop(received::readableBytes);
        }

        @Override
        public void close() {
            onLoop(() -> {
                Channels.abort(channel);
                return 0;
            });
        }
    }

    private int onLoop(java.util.concurrent.Callable<Integer> task) {
        try {
            return loop.call(task);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable one : open) {
            try {
                one.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        egress.close();
        loop.close();
    }
}
