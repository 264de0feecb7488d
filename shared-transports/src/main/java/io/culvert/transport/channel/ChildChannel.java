package io.culvert.transport.channel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A channel inside another one: a UDP session of a shared socket, a request of a kept-alive HTTP connection, a
 * session of a node link, later a sub-stream of a mux. It speaks the terms of {@link StreamEnd} and lives on its parent's event loop.
 *
 * <p>What comes from below enters by {@link #deliver} and {@link #deliverEnd}; what is written leaves through the methods
 * that a subclass implements. While the channel does not read, what is delivered is queued: {@link #queued} tells the parent
 * when to stop.
 */
@SuppressWarnings("this-escape") // Netty's configuration objects are made with their channel and only keep it
public abstract class ChildChannel extends AbstractChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);

    private final ChannelConfig config = new Config();
    private final Deque<Object> inbound = new ArrayDeque<>();
    private final EventLoop loop;
    private int queuedBytes;
    private boolean reading;
    private boolean delivering;
    private boolean aborted;
    private boolean open = true;

    /** A channel inside another one. */
    protected ChildChannel(Channel parent) {
        this(parent, parent.eventLoop());
    }

    /** A channel on a loop, inside another one or inside nothing. */
    protected ChildChannel(@Nullable Channel parent, EventLoop loop) {
        super(parent);
        this.loop = loop;
        config.setAutoRead(false);
    }

    /** Registers the channel with its loop; on return it is active. Called on that loop. */
    public final ChildChannel start() {
        loop.register(this);
        pipeline().addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
        return this;
    }

    /** Writes bytes towards the peer; takes over the buffer. */
    protected abstract void send(ByteBuf bytes);

    /** How many bytes {@link #send} may be given now, at least one while {@link #canSend} holds. */
    protected int room() {
        return Integer.MAX_VALUE;
    }

    /** Everything that {@link #send} was given may leave now. */
    protected abstract void sendComplete();

    /** Nothing more will be sent. */
    protected abstract void sendEnd();

    /** Whether {@link #send} may be called; when it turns true again, {@link #sendable} must be. */
    protected abstract boolean canSend();

    /** The channel has been closed, by whichever side. */
    protected abstract void closed();

    /** The channel reads on and its queue is empty: the parent may deliver more. */
    protected void wantsMore() {}

    /** Gives bytes from below to the pipeline, or queues them while it does not read; takes over the buffer. */
    public final void deliver(ByteBuf bytes) {
        queue(bytes);
        deliverQueued();
    }

    /** Queues bytes from below, for {@link #deliverQueued} to hand on together; takes over the buffer. */
    protected final void queue(ByteBuf bytes) {
        if (!open) {
            bytes.release();
            return;
        }
        queuedBytes += bytes.readableBytes();
        inbound.add(bytes);
    }

    /** Gives what is queued to the pipeline as one read, as far as it reads. */
    protected final void deliverQueued() {
        if (open) {
            drain();
        }
    }

    /** Closes so that the peer sees a failure and not an end, where the subclass can tell it: {@link #isAborted}. */
    public final void abort() {
        aborted = true;
        unsafe().close(unsafe().voidPromise());
    }

    /** Whether {@link #closed} is called for an {@link #abort}. */
    protected final boolean isAborted() {
        return aborted;
    }

    /** The input has ended behind everything delivered so far. */
    public final void deliverEnd() {
        if (open) {
            inbound.add(StreamEnd.INPUT);
            drain();
        }
    }

    /** An event behind everything delivered so far. */
    protected final void deliverEvent(Object event) {
        if (open) {
            inbound.add(event);
            drain();
        }
    }

    /** An event has reached the pipeline that {@link #deliverEvent} was given. */
    protected void eventDelivered(Object event) {}

    /** Bytes delivered and not yet read. */
    public final int queued() {
        return queuedBytes;
    }

    /** {@link #canSend} has become true. */
    public final void sendable() {
        if (open) {
            flush();
        }
    }

    private void drain() {
        if (delivering || (!reading && !config.isAutoRead())) {
            return;
        }
        delivering = true;
        boolean any = false;
        try {
            while (open && !inbound.isEmpty() && (reading || config.isAutoRead())) {
                Object next = inbound.remove();
                if (next instanceof ByteBuf bytes) {
                    queuedBytes -= bytes.readableBytes();
                    any = true;
                    reading = false;
                    pipeline().fireChannelRead(bytes);
                } else {
                    pipeline().fireChannelReadComplete();
                    any = false;
                    pipeline().fireUserEventTriggered(next);
                    eventDelivered(next);
                }
            }
        } finally {
            delivering = false;
        }
        if (any) {
            pipeline().fireChannelReadComplete();
        }
        if (open && inbound.isEmpty() && config.isAutoRead()) {
            wantsMore();
        }
    }

    @Override
    protected final void doBeginRead() {
        reading = true;
        if (!inbound.isEmpty()) {
            eventLoop().execute(this::drain);
        } else if (config.isAutoRead()) {
            wantsMore();
        }
    }

    @Override
    protected final void doWrite(ChannelOutboundBuffer out) {
        boolean sent;
        do {
            sent = sendFrom(out);
            if (sent) {
                sendComplete();
            }
            // What is sendable by now has been told to a channel that was in the middle of this, and could do nothing
            // about it.
        } while (sent && open && out.current() != null && canSend());
    }

    private boolean sendFrom(ChannelOutboundBuffer out) {
        boolean sent = false;
        while (open) {
            Object message = out.current();
            if (message == null) {
                break;
            }
            if (message == StreamEnd.OUTPUT) {
                out.remove();
                sendEnd();
                continue;
            }
            if (!canSend()) {
                break;
            }
            ByteBuf bytes = (ByteBuf) message;
            int room = room();
            if (bytes.readableBytes() > room) {
                // The rest stays in the queue, and counts there.
                send(bytes.readRetainedSlice(room));
                out.progress(room);
                sent = true;
                continue;
            }
            if (bytes.isReadable()) {
                send(bytes.retain());
                sent = true;
            }
            out.remove();
        }
        return sent;
    }

    @Override
    protected final Object filterOutboundMessage(Object message) {
        if (message instanceof ByteBuf || message == StreamEnd.OUTPUT) {
            return message;
        }
        throw new UnsupportedOperationException("a child channel writes buffers, not " + message.getClass());
    }

    @Override
    protected final void doClose() {
        if (!open) {
            return;
        }
        open = false;
        for (Object next = inbound.poll(); next != null; next = inbound.poll()) {
            ReferenceCountUtil.release(next);
        }
        queuedBytes = 0;
        closed();
    }

    @Override
    public final ChannelConfig config() {
        return config;
    }

    @Override
    public final boolean isOpen() {
        return open;
    }

    @Override
    public final boolean isActive() {
        return open && isRegistered();
    }

    @Override
    public final ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected final AbstractUnsafe newUnsafe() {
        return new ChildUnsafe();
    }

    @Override
    protected final boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected final @Nullable SocketAddress localAddress0() {
        return parent() == null ? null : parent().localAddress();
    }

    @Override
    protected @Nullable SocketAddress remoteAddress0() {
        return parent() == null ? null : parent().remoteAddress();
    }

    @Override
    protected final void doBind(SocketAddress address) {
        throw new UnsupportedOperationException("a child channel is not bound");
    }

    @Override
    protected final void doDisconnect() {
        doClose();
    }

    /** A pause also takes back the read that {@code autoRead} had asked for. */
    private final class Config extends DefaultChannelConfig {
        Config() {
            super(ChildChannel.this);
        }

        @Override
        protected void autoReadCleared() {
            reading = false;
        }
    }

    private final class ChildUnsafe extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException("a child channel is born connected"));
        }
    }
}
