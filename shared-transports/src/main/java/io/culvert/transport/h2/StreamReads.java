package io.culvert.transport.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How much a stream reads in a turn: what its connection's read brought, up to {@link Http2Limits#READ_BYTES}. Netty's own
 * counts messages and never starts anew on a stream, so that it ends the turn, and flushes, with every frame.
 */
final class StreamReads implements RecvByteBufAllocator {
    @Override
    @SuppressWarnings("deprecation") // the interface names the older type
    public Handle newHandle() {
        return new Turn();
    }

    private static final class Turn implements ExtendedHandle {
        private @Nullable ChannelConfig config;
        private int attempted;
        private int last;
        private int bytes;

        @Override
        public void reset(ChannelConfig config) {
            this.config = config;
            bytes = 0;
        }

        @Override
        public void readComplete() {
            bytes = 0;
        }

        @Override
        public void lastBytesRead(int bytes) {
            last = bytes;
            this.bytes += bytes;
        }

        @Override
        public int lastBytesRead() {
            return last;
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            attempted = bytes;
        }

        @Override
        public int attemptedBytesRead() {
            return attempted;
        }

        @Override
        public void incMessagesRead(int messages) {
            // Bytes are counted.
        }

        @Override
        public boolean continueReading() {
            return config != null && config.isAutoRead() && bytes < Http2Limits.READ_BYTES;
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
            return continueReading();
        }

        @Override
        public int guess() {
            return Http2Limits.READ_BYTES;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator alloc) {
            throw new UnsupportedOperationException("frames bring their own buffers");
        }
    }
}
