package io.culvert.transport.quic;

import io.culvert.transport.channel.ChildChannel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxied connection in a stream of QUIC. Netty's stream channel reads at every datagram and sends at every write; this one
 * stands above it and reads once a turn and sends once a flush, and when it is closed it stays behind until the peer has
 * ended as well: Netty forgets a stream only when its end has been read.
 *
 * <p>Both ends of a direction are FINs. A stream that is aborted is reset and its input stopped.
 */
final class QuicStream extends ChildChannel {
    private static final Logger LOG = LoggerFactory.getLogger(QuicStream.class);

    private final QuicStreamChannel stream;
    private final QuicSocketHandler socket;
    private final QuicLink link;
    private final ChannelFutureListener onWritten = this::written;
    private @Nullable ByteBuf gathered;
    private boolean touched;
    private boolean armed;
    private boolean reading;
    private boolean read;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean finSent;

    private QuicStream(QuicStreamChannel stream, QuicSocketHandler socket, QuicLink link) {
        // In the socket, whose addresses are those that others ask for.
        super(stream.parent().parent());
        this.stream = stream;
        this.socket = socket;
        this.link = link;
    }

    /** Stands a channel on a stream that nothing has been read from; {@link #start} and the first reading are up to the caller. */
    static QuicStream on(QuicStreamChannel stream, QuicSocketHandler socket, QuicLink link) {
        QuicStream made = new QuicStream(stream, socket, link);
        stream.pipeline().addLast(made.new Below());
        link.streamOpened();
        stream.closeFuture().addListener(_ -> link.streamClosed(made.inputEnded));
        return made;
    }

    /** Takes what the stream has at the end of this turn. */
    void readAtTurnsEnd() {
        if (!touched) {
            touched = true;
            socket.touch(this);
        }
    }

    /** Waits for the first datagram. */
    void arm() {
        readAll();
    }

    /** The datagrams of a turn have been taken: what they brought goes up as one read. */
    void turnOver() {
        touched = false;
        readAll();
        deliverQueued();
    }

    /** Reads until nothing is left, so that the next datagram is noticed, or until enough is queued. */
    private void readAll() {
        reading = true;
        do {
            armed = false;
            read = false;
            if (queued() >= QuicLimits.MOST_QUEUED) {
                break;
            }
            armed = true;
            stream.read();
        } while (read && stream.isActive() && !inputEnded);
        reading = false;
    }

    @Override
    protected void wantsMore() {
        if (!armed && !touched && !inputEnded && stream.isActive()) {
            touched = true;
            stream.eventLoop().execute(this::turnOver);
        }
    }

    @Override
    protected void send(ByteBuf bytes) {
        if (gathered == null) {
            gathered = bytes;
        } else if (gathered instanceof CompositeByteBuf several) {
            several.addComponent(true, bytes);
        } else {
            gathered = alloc().compositeDirectBuffer(Integer.MAX_VALUE)
                    .addComponent(true, gathered)
                    .addComponent(true, bytes);
        }
        if (gathered.readableBytes() >= QuicLimits.WRITTEN_AT_ONCE) {
            sendComplete();
        }
    }

    @Override
    protected void sendComplete() {
        ByteBuf bytes = gathered;
        if (bytes != null) {
            gathered = null;
            stream.write(bytes).addListener(onWritten);
        }
    }

    private void written(ChannelFuture done) {
        if (!done.isSuccess() && isOpen()) {
            // The peer takes nothing more, or the connection is gone.
            close();
        }
    }

    @Override
    protected void sendEnd() {
        sendComplete();
        if (!outputEnded && stream.isActive()) {
            outputEnded = true;
            // The end must not overtake what waits for the window.
            stream.write(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
                if (flushed.isSuccess()) {
                    finSent = true;
                    stream.shutdownOutput();
                }
            });
        }
    }

    @Override
    protected boolean canSend() {
        return stream.isWritable();
    }

    @Override
    protected void closed() {
        if (!stream.isActive()) {
            ReferenceCountUtil.release(gathered);
            gathered = null;
            return;
        }
        if (isAborted()) {
            ReferenceCountUtil.release(gathered);
            gathered = null;
            cut();
            return;
        }
        sendComplete();
        if (outputEnded || inputEnded) {
            sendEnd();
        } else {
            // The protocol has said its end in its own words, and the peer is about to close. A FIN now could travel
            // with the
            // last bytes, and the reference loses what it reads together with a FIN under a chunked protocol.
            stream.eventLoop().schedule(this::sendEnd, QuicLimits.END_AFTER_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (stream.isActive()) {
            stream.eventLoop().schedule(this::cut, QuicLimits.LINGER_MILLIS, TimeUnit.MILLISECONDS);
            stream.eventLoop().execute(this::readAll);
        }
    }

    /** Tells the peer that nothing is sent and nothing is taken any more, and forgets the stream. */
    private void cut() {
        if (stream.isActive()) {
            if (!inputEnded) {
                stream.shutdownInput(QuicLimits.CUT);
            }
            if (!finSent || isAborted()) {
                stream.shutdownOutput(QuicLimits.CUT);
            }
            stream.close();
        }
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return link.peer();
    }

    /** What Netty's stream says. */
    private final class Below extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            read = true;
            armed = false;
            // Forgotten there when this channel has been closed.
            queue((ByteBuf) message);
            if (!reading) {
                readAtTurnsEnd();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            // The end of a turn is said by the socket.
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                sendable();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE && !inputEnded) {
                inputEnded = true;
                deliverEnd();
                if (!isOpen()) {
                    sendEnd();
                }
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            // Where both directions have ended nothing is lost: what is queued is still to be read, and the reader
            // closes.
            if (isOpen() && !(inputEnded && finSent)) {
                close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            LOG.debug("a QUIC stream ends: {}", fault.toString());
            // A reset: the peer gives the stream up, whatever it has sent before.
            cut();
            QuicStream.this.close();
        }
    }
}
