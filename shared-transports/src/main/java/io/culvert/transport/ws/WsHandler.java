package io.culvert.transport.ws;

import io.culvert.model.CloseCause;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.httpupgrade.UpgradeClientHandler;
import io.culvert.wire.ws.WsFrameReader;
import io.culvert.wire.ws.WsFrames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Frames below, a byte stream above. A read of many frames goes on as one buffer; a write goes out as one frame for each
 * {@link WsFrames#MAX_PAYLOAD}, its bytes not copied.
 *
 * <p><b>Ends.</b> WebSocket has no half-close: to V2Ray and Xray a close frame ends both directions at once, and what they have
 * not read yet is lost. So one is sent only when both directions have ended, or when the connection is closed. The end of the
 * output alone is said by a pong that nobody asked for, whose payload both ends can tell from the handshake's key: a Culvert
 * takes it for {@link StreamEnd#INPUT}, and everybody else ignores it, as RFC 6455 section 5.5.3 has it. (VMess does not
 * need it, having end marks of its own.) A close frame that is received ends the input; what is still to be said is sent for
 * as long as the connection bears it, and then the close frame is returned.
 */
final class WsHandler extends ChannelDuplexHandler implements WsFrameReader.Controls {
    static final String NAME = "ws";

    /** Answers to pings, for each second; what is above goes without. */
    static final int PINGS_A_SECOND = 10;

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final boolean server;
    private final byte[] endMark;
    private final WsFrameReader reader;
    private final int heartbeatSeconds;
    private @Nullable Future<?> heartbeat;
    private ChannelHandlerContext ctx;
    private long pingSecond;
    private int pings;
    private boolean answered;
    private boolean markSeen;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean closeSent;

    /**
     * @param server whether this is the server's end
     * @param tag of the handshake's key, the same at both ends
     * @param heartbeatSeconds how far pings are apart, 0 for none
     */
    @SuppressWarnings("NullAway.Init") // the context comes with handlerAdded, before anything else
    WsHandler(boolean server, long tag, int heartbeatSeconds) {
        this.server = server;
        this.heartbeatSeconds = heartbeatSeconds;
        this.endMark = ByteBuffer.allocate(Long.BYTES).putLong(tag).array();
        this.reader = new WsFrameReader(server);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
        pingSecond = System.nanoTime();
        if (server) {
            beginHeartbeat();
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (heartbeat != null) {
            heartbeat.cancel(false);
        }
    }

    /** As Xray has it: at fixed times, whatever else is sent. */
    private void beginHeartbeat() {
        if (heartbeatSeconds > 0) {
            heartbeat = ctx.executor()
                    .scheduleAtFixedRate(this::beat, heartbeatSeconds, heartbeatSeconds, TimeUnit.SECONDS);
        }
    }

    private void beat() {
        // Where the output is full there is traffic enough, and pings would only pile up behind it.
        if (closeSent || !ctx.channel().isActive() || !ctx.channel().isWritable()) {
            return;
        }
        ByteBuf out = ctx.alloc().directBuffer(WsFrames.MAX_HEADER);
        if (server) {
            WsFrames.writePing(out);
        } else {
            WsFrames.writeMaskedPing(out, mask());
        }
        ctx.writeAndFlush(out, ctx.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (inputEnded) {
            in.release();
            return;
        }
        in = own(in);
        WsFrameReader.Status status = reader.read(in, this);
        if (in.isReadable()) {
            ctx.fireChannelRead(in);
        } else {
            in.release();
        }
        if (status == WsFrameReader.Status.FAULT) {
            fail(CloseCause.MALFORMED);
        } else if (status == WsFrameReader.Status.CLOSED || markSeen) {
            endInput();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (answered) {
            answered = false;
            ctx.flush();
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void ping(byte[] payload, int length) {
        long now = System.nanoTime();
        if (now - pingSecond >= SECOND_NANOS) {
            pingSecond = now;
            pings = 0;
        }
        // Where the output is full an answer would only wait behind it, and a flood of them would pile up.
        if (++pings > PINGS_A_SECOND || closeSent || !ctx.channel().isWritable()) {
            return;
        }
        ctx.write(pongFrame(payload, length), ctx.voidPromise());
        answered = true;
    }

    @Override
    public void pong(byte[] payload, int length) {
        markSeen |= Arrays.equals(payload, 0, length, endMark, 0, endMark.length);
    }

    private ByteBuf pongFrame(byte[] payload, int length) {
        ByteBuf out = ctx.alloc().directBuffer(WsFrames.MAX_HEADER + length);
        if (server) {
            WsFrames.writePong(out, payload, length);
        } else {
            WsFrames.writeMaskedPong(out, payload, length, mask());
        }
        return out;
    }

    /** Masks must not repeat or be chosen by who made the payload; they keep no secret. */
    private static int mask() {
        return ThreadLocalRandom.current().nextInt();
    }

    private void endInput() {
        inputEnded = true;
        ctx.fireChannelReadComplete();
        ctx.fireUserEventTriggered(StreamEnd.INPUT);
        if (outputEnded && !closeSent) {
            sendClose(WsFrames.NORMAL_CLOSURE);
            ctx.writeAndFlush(StreamEnd.OUTPUT, ctx.voidPromise());
        }
    }

    private void fail(CloseCause cause) {
        inputEnded = true;
        ctx.fireUserEventTriggered(cause);
        if (ctx.channel().isActive()) {
            // There is no relay yet that would have ended the connection.
            sendClose(WsFrames.PROTOCOL_ERROR);
            ctx.close();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == UpgradeClientHandler.Event.UPGRADED) {
            beginHeartbeat();
        } else if (event != StreamEnd.INPUT) {
            ctx.fireUserEventTriggered(event);
        } else if (!inputEnded) {
            // Between two frames a FIN does for a close frame: gateways in between send no more than that.
            if (reader.inFrame()) {
                fail(CloseCause.TRUNCATED);
            } else {
                endInput();
            }
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message == StreamEnd.OUTPUT) {
            endOutput(promise);
            return;
        }
        ByteBuf payload = (ByteBuf) message;
        if (!payload.isReadable()) {
            ctx.write(payload, promise);
        } else if (outputEnded || closeSent) {
            payload.release();
            promise.trySuccess();
        } else {
            // Masking writes into the payload, so a client's must be nobody else's. Seen once: slices share it with us.
            ByteBuf rest = server ? payload : own(payload);
            while (rest.readableBytes() > WsFrames.MAX_PAYLOAD) {
                writeFrame(rest.readRetainedSlice(WsFrames.MAX_PAYLOAD), ctx.voidPromise());
            }
            writeFrame(rest, promise);
        }
    }

    private void writeFrame(ByteBuf payload, ChannelPromise promise) {
        ByteBuf header = ctx.alloc().directBuffer(WsFrames.MAX_HEADER);
        if (server) {
            WsFrames.writeBinary(header, payload.readableBytes());
        } else {
            int mask = mask();
            WsFrames.writeMaskedBinary(header, payload.readableBytes(), mask);
            WsFrames.mask(payload, mask);
        }
        ctx.write(header, ctx.voidPromise());
        ctx.write(payload, promise);
    }

    private void endOutput(ChannelPromise promise) {
        if (outputEnded || closeSent) {
            promise.trySuccess();
            return;
        }
        outputEnded = true;
        if (inputEnded) {
            sendClose(WsFrames.NORMAL_CLOSURE);
            ctx.write(StreamEnd.OUTPUT, promise);
        } else {
            ctx.write(pongFrame(endMark, endMark.length), promise);
        }
    }

    private void sendClose(int status) {
        closeSent = true;
        ByteBuf out = ctx.alloc().directBuffer(WsFrames.MAX_HEADER);
        if (server) {
            WsFrames.writeClose(out, status);
        } else {
            WsFrames.writeMaskedClose(out, status, mask());
        }
        ctx.writeAndFlush(out, ctx.voidPromise());
    }

    /** An orderly close says so; what ends a session as a failure passes by this handler. */
    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        if (!closeSent && ctx.channel().isActive()) {
            sendClose(WsFrames.NORMAL_CLOSURE);
        }
        ctx.close(promise);
    }

    /** The buffer itself where it may be written to, else a copy. */
    private ByteBuf own(ByteBuf bytes) {
        if (bytes.nioBufferCount() == 1 && !bytes.isReadOnly() && bytes.refCnt() == 1) {
            return bytes;
        }
        ByteBuf copy = ctx.alloc().directBuffer(bytes.readableBytes()).writeBytes(bytes);
        bytes.release();
        return copy;
    }
}
