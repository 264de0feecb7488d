package io.culvert.transport.h2;

import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/** Frame codecs with {@link Http2Limits}. */
final class Http2Codecs {
    private Http2Codecs() {}

    static Http2FrameCodec server(FrameBudgetHandler budget) {
        return new Builder(budget, true)
                .initialSettings(settings().maxConcurrentStreams(Http2Limits.MAX_STREAMS))
                .build();
    }

    static Http2FrameCodec client(FrameBudgetHandler budget) {
        return new Builder(budget, false)
                .initialSettings(settings().pushEnabled(false))
                .build();
    }

    private static Http2Settings settings() {
        return new Http2Settings()
                .initialWindowSize(Http2Limits.FIRST_STREAM_WINDOW)
                .maxHeaderListSize(Http2Limits.MAX_HEADER_LIST);
    }

    private static final class Builder extends Http2FrameCodecBuilder {
        private final FrameBudgetHandler budget;

        @SuppressWarnings("this-escape") // Netty's builders are set up by their own methods
        Builder(FrameBudgetHandler budget, boolean server) {
            this.budget = budget;
            server(server);
            gracefulShutdownTimeoutMillis(0);
            decoderEnforceMaxConsecutiveEmptyDataFrames(Http2Limits.MAX_EMPTY_DATA);
            decoderEnforceMaxSmallContinuationFrames(Http2Limits.MAX_SMALL_CONTINUATIONS);
            decoderEnforceMaxRstFramesPerWindow(Http2Limits.RESETS, Http2Limits.RESET_WINDOW_SECONDS);
            encoderEnforceMaxRstFramesPerWindow(Http2Limits.FAULTY_STREAMS, Http2Limits.RESET_WINDOW_SECONDS);
            encoderEnforceMaxQueuedControlFrames(Http2Limits.MAX_QUEUED_CONTROL);
        }

        @Override
        protected Http2FrameCodec build(
                Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
            // Streams share alike: the priorities of HTTP/2 are not used, and their tree costs time for every frame.
            Http2Connection connection = encoder.connection();
            connection
                    .remote()
                    .flowController(new DefaultHttp2RemoteFlowController(
                            connection, new UniformStreamByteDistributor(connection)));
            return super.build(new LateFrames(decoder, budget), encoder, settings);
        }
    }
}
