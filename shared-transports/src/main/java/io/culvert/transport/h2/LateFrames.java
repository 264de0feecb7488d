package io.culvert.transport.h2;

import io.culvert.transport.channel.LimitRefusals;
import io.culvert.transport.channel.LimitRefusals.Limit;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.List;

/**
 * Drops what a peer sent on a stream before it heard that we have reset it (RFC 9113 section 5.1). Netty forgets a stream as
 * soon as its reset is written, and would answer each such frame with a reset more: the frames of one aborted upload, megabytes
 * on their way, are then enough to end the connection, and with it everybody's streams. Their bytes count for the connection's
 * window, and each of these frames takes a token of the {@link io.culvert.wire.h2.FrameBudget}.
 *
 * <p>Everything that the limits of a connection refuse passes here, and is counted.
 */
final class LateFrames extends DecoratingHttp2ConnectionDecoder {
    /** How many of the streams that we reset are known, the last ones. */
    static final int KNOWN_RESETS = 256;

    private final FrameBudgetHandler budget;
    private int[] resets = {};
    private int next;

    LateFrames(Http2ConnectionDecoder decoder, FrameBudgetHandler budget) {
        super(decoder);
        this.budget = budget;
        decoder.connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(Http2Stream stream) {
                if (stream.isResetSent()) {
                    remember(stream.id());
                }
            }

            @Override
            public void onGoAwaySent(int lastStream, long error, ByteBuf debugData) {
                if (error == Http2Error.ENHANCE_YOUR_CALM.code()) {
                    LimitRefusals.count(Limit.HTTP2_FRAMES);
                }
            }
        });
    }

    private void remember(int stream) {
        if (resets.length == 0) {
            resets = new int[KNOWN_RESETS];
        }
        resets[next] = stream;
        next = (next + 1) % KNOWN_RESETS;
    }

    private boolean wasReset(int stream) {
        for (int i = 0; i < resets.length; i++) {
            // From the last one: it is the one whose frames are on their way.
            if (resets[Math.floorMod(next - 1 - i, KNOWN_RESETS)] == stream) {
                return true;
            }
        }
        return false;
    }

    private boolean isLate(Http2Exception fault) {
        return fault instanceof Http2Exception.StreamException of
                && of.error() == Http2Error.STREAM_CLOSED
                && wasReset(of.streamId());
    }

    private static void count(Http2Exception fault) {
        if (fault.error() == Http2Error.REFUSED_STREAM) {
            LimitRefusals.count(Limit.HTTP2_STREAMS);
        } else if (fault instanceof Http2Exception.HeaderListSizeException
                // Far beyond the limit Netty has no class for it, and ends the connection.
                || String.valueOf(fault.getMessage()).startsWith("Header size exceeded")) {
            LimitRefusals.count(Limit.HTTP2_HEADERS);
        }
    }

    @Override
    public void decodeFrame(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Http2Exception {
        try {
            super.decodeFrame(ctx, in, out);
        } catch (Http2Exception fault) {
            if (!isLate(fault)) {
                count(fault);
                throw fault;
            }
            if (!budget.spend()) {
                throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "frames on streams that were reset");
            }
        }
    }
}
