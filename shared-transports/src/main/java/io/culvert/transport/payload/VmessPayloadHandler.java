package io.culvert.transport.payload;

import io.culvert.model.CloseCause;
import io.culvert.transport.channel.DatagramsInStream;
import io.culvert.transport.channel.DroppedDatagrams;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.channel.UpstreamFaults;
import io.culvert.wire.Decoded;
import io.culvert.wire.vmess.BodyStatus;
import io.culvert.wire.vmess.CipherScratch;
import io.culvert.wire.vmess.VmessBodyDecoder;
import io.culvert.wire.vmess.VmessBodyEncoder;
import io.culvert.wire.vmess.VmessCommand;
import io.culvert.wire.vmess.VmessRequest;
import io.culvert.wire.vmess.VmessResponse;
import io.culvert.wire.vmess.VmessResponseDecoder;
import io.culvert.wire.vmess.VmessResponseEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.FastThreadLocal;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The bodies of a VMess connection, on either side (wire-formats sections 3.6 and 3.7). Above it there is payload: a byte stream,
 * or a datagram a buffer. It holds bytes only while a chunk is not whole.
 */
public final class VmessPayloadHandler extends ChannelDuplexHandler implements DatagramsInStream {
    public static final String NAME = "vmess-payload";

    private static final FastThreadLocal<CipherScratch> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected CipherScratch initialValue() {
            return new CipherScratch(new SecureRandom());
        }
    };

    private final boolean datagrams;
    private final boolean marksEnd;
    private final VmessBodyEncoder encoder;
    private @Nullable VmessBodyDecoder decoder;
    private @Nullable VmessResponseDecoder response;
    private @Nullable ByteBuf firstOut;
    private @Nullable ByteBuf partial;
    private boolean inputEnded;
    private boolean outputEnded;

    private VmessPayloadHandler(VmessCommand command, VmessBodyEncoder encoder, boolean marksEnd) {
        this.datagrams = command == VmessCommand.UDP;
        this.marksEnd = marksEnd;
        this.encoder = encoder;
    }

    /** The server's side of a request. The response header leaves with the first answer, or with the end if there is none. */
    public static VmessPayloadHandler ofServer(VmessRequest request) {
        ByteBuf header = Unpooled.buffer();
        VmessBodyEncoder encoder = VmessResponseEncoder.encode(request, null, header);
        VmessPayloadHandler handler = new VmessPayloadHandler(request.command(), encoder, true);
        handler.decoder = VmessBodyDecoder.ofRequest(request);
        handler.firstOut = header;
        return handler;
    }

    /**
     * The client's side of a request, whose header somebody else sends.
     *
     * @param marksEnd whether the client ends its direction with the end chunk, where there are chunks; else with the end of
     *     its output on the connection
     */
    public static VmessPayloadHandler ofClient(VmessRequest request, boolean marksEnd) {
        VmessPayloadHandler handler =
                new VmessPayloadHandler(request.command(), VmessBodyEncoder.ofRequest(request), marksEnd);
        handler.response = new VmessResponseDecoder(request);
        return handler;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (!inputEnded && (response == null || readResponse(ctx, response, in))) {
                finishPartial(ctx, in);
                decode(ctx, in);
            }
        } finally {
            in.release();
        }
    }

    /** Whether the response header is whole and the rest of {@code in} is body. */
    private boolean readResponse(ChannelHandlerContext ctx, VmessResponseDecoder header, ByteBuf in) {
        return switch (header.feed(in)) {
            case Decoded.NeedMore<VmessResponse> _ -> false;
            case Decoded.Malformed<VmessResponse>(CloseCause _, String why) -> {
                failUpstream(ctx, why);
                yield false;
            }
            case Decoded.Complete<VmessResponse>(VmessResponse answer) -> {
                response = null;
                decoder = answer.body();
                yield true;
            }
        };
    }

    /** Fills the chunk that is not whole by just what it lacks, so that the rest of a read is decoded where it lies. */
    private void finishPartial(ChannelHandlerContext ctx, ByteBuf in) {
        while (partial != null && decoder != null && in.isReadable() && !inputEnded) {
            ByteBuf begun = partial;
            int lacking = decoder.bytesNeeded() - begun.readableBytes();
            begun.writeBytes(in, Math.min(Math.max(lacking, 0), in.readableBytes()));
            if (lacking > 0 && begun.readableBytes() < decoder.bytesNeeded()) {
                return;
            }
            partial = null;
            decode(ctx, begun);
            begun.release();
        }
    }

    private void decode(ChannelHandlerContext ctx, ByteBuf in) {
        VmessBodyDecoder body = decoder;
        while (body != null && in.isReadable() && !inputEnded) {
            if (in.readableBytes() < body.bytesNeeded()) {
                keep(ctx, in, body);
                return;
            }
            ByteBuf out = ctx.alloc().directBuffer(in.readableBytes());
            BodyStatus status = body.decode(in, out, SCRATCH.get());
            if (out.isReadable()) {
                ctx.fireChannelRead(out);
            } else {
                out.release();
            }
            switch (status) {
                case MORE -> {
                    if (in.isReadable()) {
                        keep(ctx, in, body);
                    }
                    return;
                }
                case PACKET -> {}
                case END -> end(ctx);
                case CORRUPT -> fail(ctx, CloseCause.CORRUPT);
            }
        }
    }

    private void keep(ChannelHandlerContext ctx, ByteBuf in, VmessBodyDecoder body) {
        // A buffer of its own: a few bytes must not pin what a large read brought. It grows to one chunk at the most.
        partial = ctx.alloc()
                .heapBuffer(Math.max(in.readableBytes(), body.bytesNeeded()))
                .writeBytes(in);
    }

    private void end(ChannelHandlerContext ctx) {
        inputEnded = true;
        releasePartial();
        ctx.fireChannelReadComplete();
        ctx.fireUserEventTriggered(StreamEnd.INPUT);
    }

    private void fail(ChannelHandlerContext ctx, CloseCause cause) {
        inputEnded = true;
        releasePartial();
        ctx.fireUserEventTriggered(cause);
    }

    private void failUpstream(ChannelHandlerContext ctx, String why) {
        inputEnded = true;
        releasePartial();
        UpstreamFaults.tell(ctx, why);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != StreamEnd.INPUT) {
            ctx.fireUserEventTriggered(event);
        } else if (!inputEnded) {
            if (response != null) {
                failUpstream(
                        ctx,
                        "the server ended the connection without an answer: it does not know the user, or cannot reach the destination");
            } else if (partial == null && decoder != null && decoder.atBoundary()) {
                end(ctx);
            } else {
                fail(ctx, CloseCause.TRUNCATED);
            }
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message == StreamEnd.OUTPUT) {
            writeEnd(ctx, promise);
            return;
        }
        ByteBuf payload = (ByteBuf) message;
        if (!payload.isReadable()) {
            // Whoever writes nothing waits for what is before it: see Channels.closeGently.
            ctx.write(payload, promise);
            return;
        }
        try {
            if (outputEnded) {
                promise.trySuccess();
                return;
            }
            if (datagrams && payload.readableBytes() > encoder.maxPayload()) {
                DroppedDatagrams.count(DroppedDatagrams.Reason.TOO_LONG);
                promise.trySuccess();
                return;
            }
            ByteBuf out = outFor(ctx, encoder.maxEncodedLength(payload.readableBytes()));
            encoder.encode(payload, out, SCRATCH.get());
            ctx.write(out, promise);
        } finally {
            payload.release();
        }
    }

    private void writeEnd(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (outputEnded) {
            promise.trySuccess();
            return;
        }
        outputEnded = true;
        ByteBuf out = outFor(ctx, encoder.maxEncodedLength(1));
        int before = out.readableBytes();
        if (marksEnd) {
            encoder.encodeEnd(out, SCRATCH.get());
        }
        boolean marked = out.readableBytes() > before;
        // A body without chunks has no mark of its own: there, and where none is wanted, the connection's end is its
        // end.
        ctx.write(out, marked ? promise : ctx.voidPromise());
        if (!marked) {
            ctx.write(StreamEnd.OUTPUT, promise);
        }
    }

    private ByteBuf outFor(ChannelHandlerContext ctx, int length) {
        ByteBuf header = firstOut;
        if (header == null) {
            return ctx.alloc().directBuffer(length);
        }
        firstOut = null;
        ByteBuf out = ctx.alloc().directBuffer(header.readableBytes() + length);
        out.writeBytes(header);
        return out;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        releasePartial();
    }

    private void releasePartial() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }
}
