package io.culvert.transport.link;

import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.LimitRefusals;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.wire.h2.FrameBudget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of a link, either end: its frames, its streams, whether the peer lives, and that everything on it ends when it
 * does not. Owned by its event loop.
 */
final class LinkConnection implements LinkFrameDecoder.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(LinkConnection.class);

    /** Numbers are not used twice: behind this one another connection takes over. */
    private static final int LAST_STREAM = -1;

    private final Channel socket;
    /** Told of each order, at the egress; null at the ingress, to whom none may come. */
    private final @Nullable BiConsumer<LinkStream, ByteBuf> orders;

    private final LinkFrameDecoder decoder;
    private final LinkPulse pulse = new LinkPulse();
    private final FrameBudget budget =
            new FrameBudget(0, LinkLimits.FRAMES_AT_ONCE, LinkLimits.FRAMES_A_SECOND, System::nanoTime);
    private final IntObjectMap<LinkStream> streams = new IntObjectHashMap<>();
    /** Streams that have received something in this read. */
    private final List<LinkStream> touched = new ArrayList<>();
    /** Streams with something to send that the socket had no room for, the longest waiting first. */
    private final SequencedSet<LinkStream> blocked = new LinkedHashSet<>();

    private int lastStream;
    private long granted;
    private int unflushed;
    private boolean reading;
    private boolean goingOn;
    private int strangerBytes;
    private boolean proven;
    private boolean leaving;
    private boolean over;
    private @Nullable Future<?> looks;

    private LinkConnection(Channel socket, @Nullable BiConsumer<LinkStream, ByteBuf> orders) {
        this.socket = socket;
        this.orders = orders;
        this.proven = orders == null;
        this.decoder = new LinkFrameDecoder(
                this, socket.alloc().buffer(LinkLimits.MAX_CONTROL, LinkLimits.MAX_CONTROL), orders != null);
    }

    /** Makes a prepared socket, with its TLS shaken hands, the ingress's end of a link. */
    static LinkConnection ofIngress(Channel socket) {
        LinkConnection link = new LinkConnection(socket, null);
        link.write(LinkFrames.preface());
        return link.start();
    }

    /**
     * Makes one the egress's end.
     *
     * @param orders told of each order with its stream; the buffer is theirs for the time of the call
     */
    static LinkConnection ofEgress(Channel socket, BiConsumer<LinkStream, ByteBuf> orders) {
        return new LinkConnection(socket, orders).start();
    }

    private LinkConnection start() {
        Channels.limitQueue(socket, LinkLimits.SOCKET_QUEUE);
        socket.pipeline().addLast("link", new Frames());
        looks = socket.eventLoop()
                .scheduleWithFixedDelay(
                        this::look, LinkLimits.LOOK_MILLIS, LinkLimits.LOOK_MILLIS, TimeUnit.MILLISECONDS);
        EarlyBytesHandler.openIn(socket);
        socket.flush();
        return this;
    }

    Channel socket() {
        return socket;
    }

    /** Sessions on it, opening or open. */
    int sessions() {
        return streams.size();
    }

    /** The peer has shown a valid order. */
    void prove() {
        proven = true;
    }

    boolean isProven() {
        return proven;
    }

    /** Whether no new session may be put on it. */
    boolean isLeaving() {
        return leaving || over;
    }

    /** Whether the peer has not been heard for a while. */
    boolean isSuspect() {
        return pulse.isSuspect();
    }

    /**
     * Opens a stream with an order.
     *
     * @param ahead what is sent behind it before it is answered, taken over; or null
     */
    void open(ByteBuf order, LinkAsk ask, @Nullable ByteBuf ahead) {
        int number = ++lastStream;
        leaving |= lastStream == LAST_STREAM;
        write(LinkFrames.order(socket.alloc(), number, order));
        int sentAhead = ahead == null ? 0 : ahead.readableBytes();
        if (ahead != null) {
            writeData(number, ahead);
        }
        flush();
        // The egress works already.
        LinkStream stream = LinkStream.ofIngress(this, number, ask, sentAhead);
        add(stream);
        stream.start();
        ask.await(stream, sentAhead);
        if (over) {
            stream.lost();
        }
    }

    private void add(LinkStream stream) {
        streams.put(stream.number(), stream);
        granted += LinkLimits.FIRST_WINDOW;
    }

    /** A stream has been closed. */
    void remove(LinkStream stream) {
        if (streams.remove(stream.number()) != null) {
            granted -= stream.window();
            blocked.remove(stream);
        }
    }

    /** Whether the window of a stream may grow by so much, which is noted. */
    boolean grants(LinkStream stream, int bytes) {
        if (stream.window() >= LinkLimits.MAX_WINDOW || granted + bytes > LinkLimits.CONNECTION_WINDOW) {
            return false;
        }
        granted += bytes;
        return true;
    }

    /** Whether the socket has room; where it has none, the stream is told when it has. */
    boolean takes(LinkStream stream) {
        if (socket.isWritable()) {
            return true;
        }
        blocked.add(stream);
        return false;
    }

    /** Those who waited go on in turn; who has still more to send by then is behind the others again. */
    private void goOn() {
        if (goingOn) {
            return;
        }
        goingOn = true;
        while (!blocked.isEmpty() && socket.isWritable()) {
            blocked.removeFirst().sendable();
        }
        goingOn = false;
    }

    /** Writes a frame; {@link #flush} sends it. */
    void write(ByteBuf frame) {
        unflushed += frame.readableBytes();
        socket.write(frame, socket.voidPromise());
        if (unflushed >= LinkLimits.SOCKET_QUEUE) {
            flushNow();
        }
    }

    void writeData(int stream, ByteBuf bytes) {
        int length = bytes.readableBytes();
        boolean small = length < LinkLimits.SMALL_DATA;
        ByteBuf head = socket.alloc()
                .directBuffer(LinkFrames.HEAD + (small ? length : 0))
                .writeLong(LinkFrames.head(LinkFrames.DATA, stream, length));
        budget.sent(length);
        if (small) {
            head.writeBytes(bytes);
            bytes.release();
            write(head);
        } else {
            socket.write(head, socket.voidPromise());
            write(bytes);
        }
    }

    /** Sends what has been written; during a read at its end. */
    void flush() {
        if (!reading && unflushed > 0) {
            flushNow();
        }
    }

    private void flushNow() {
        unflushed = 0;
        socket.flush();
    }

    /** Tells the peer to open no more streams here; those that are open, or on their way, are answered. */
    void drain() {
        if (!isLeaving()) {
            leaving = true;
            write(LinkFrames.bare(socket.alloc(), LinkFrames.LEAVING, 0));
            flush();
        }
    }

    /** Ends it with everything on it. */
    void end() {
        lose();
        Channels.abort(socket);
    }

    private void lose() {
        if (over) {
            return;
        }
        over = true;
        decoder.release();
        if (looks != null) {
            looks.cancel(false);
        }
        all().forEach(LinkStream::lost);
    }

    private List<LinkStream> all() {
        return new ArrayList<>(streams.values());
    }

    private void look() {
        LinkPulse.Verdict verdict = pulse.look();
        if (verdict == LinkPulse.Verdict.DEAD) {
            LOG.info("link with {}: no sign of life", socket.remoteAddress());
            end();
            return;
        }
        if (leaving && streams.isEmpty()) {
            socket.close();
            return;
        }
        if (verdict != LinkPulse.Verdict.ALIVE) {
            write(LinkFrames.bare(socket.alloc(), LinkFrames.PING, 0));
            flush();
        }
        if (verdict == LinkPulse.Verdict.SUSPECT) {
            all().forEach(LinkStream::suspected);
        }
    }

    /** A node that does so is worth a line; strangers are counted. */
    private void breach(String what) {
        if (proven) {
            LOG.info("link with {}: {}", socket.remoteAddress(), what);
        }
        end();
    }

    @Override
    public boolean frame(int type, int length) {
        if ((type == LinkFrames.DATA && length >= LinkLimits.SMALL_DATA) || budget.spend()) {
            return true;
        }
        LimitRefusals.count(LimitRefusals.Limit.LINK_FRAMES);
        return false;
    }

    @Override
    public void data(int id, ByteBuf bytes) {
        LinkStream stream = streams.get(id);
        if (stream == null) {
            // On its way when the stream ended here.
            bytes.release();
        } else if (!stream.received(bytes)) {
            breach("more bytes than allowed");
        } else if (stream.touch()) {
            touched.add(stream);
        }
    }

    @Override
    public boolean control(int type, int id, ByteBuf payload) {
        boolean known = switch (type) {
            case LinkFrames.ORDER -> ordered(id, payload);
            case LinkFrames.PING -> {
                write(LinkFrames.bare(socket.alloc(), LinkFrames.PONG, 0));
                yield true;
            }
            case LinkFrames.PONG -> true;
            case LinkFrames.LEAVING -> {
                leaving = true;
                yield true;
            }
            default -> ofStream(type, streams.get(id), payload);
        };
        return known && !over;
    }

    private boolean ordered(int id, ByteBuf payload) {
        if (orders == null || Integer.compareUnsigned(id, lastStream) <= 0) {
            return false;
        }
        lastStream = id;
        LinkStream stream = LinkStream.ofEgress(this, id);
        add(stream);
        stream.start();
        orders.accept(stream, payload);
        return true;
    }

    /** @param stream null where it has ended here: its frames were on their way */
    private static boolean ofStream(int type, @Nullable LinkStream stream, ByteBuf payload) {
        return switch (type) {
            case LinkFrames.END -> tell(stream, LinkStream::endInput);
            case LinkFrames.RESET -> tell(stream, one -> one.reset(LinkFrames.causeOf(payload)));
            case LinkFrames.WINDOW ->
                payload.readableBytes() == 4 && (stream == null || stream.allow(payload.readInt()));
            case LinkFrames.OPENED -> tell(stream, LinkStream::opened);
            case LinkFrames.REFUSED -> tell(stream, one -> one.refused(LinkFrames.refusalOf(payload)));
            default -> false;
        };
    }

    private static boolean tell(@Nullable LinkStream stream, Consumer<LinkStream> what) {
        if (stream != null) {
            what.accept(stream);
        }
        return true;
    }

    /** Hears everything that comes on the socket. */
    private final class Frames extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            pulse.heard();
            ByteBuf bytes = (ByteBuf) message;
            int length = bytes.readableBytes();
            reading = true;
            boolean sound = over || decoder.read(bytes);
            bytes.release();
            if (!sound && !over) {
                breach("not what a node says");
            }
            if (!proven) {
                // Behind the reading: an order among these bytes has been judged by now.
                strangerBytes += length;
                if (strangerBytes > LinkLimits.STRANGER_BYTES) {
                    end();
                }
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            for (LinkStream stream : touched) {
                stream.handOn();
            }
            touched.clear();
            reading = false;
            flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            goOn();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            lose();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            decoder.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == StreamEnd.INPUT || event instanceof SslCloseCompletionEvent) {
                end();
            }
            ReferenceCountUtil.release(event);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            LOG.debug("link with {}: {}", socket.remoteAddress(), fault.toString());
            end();
        }
    }
}
