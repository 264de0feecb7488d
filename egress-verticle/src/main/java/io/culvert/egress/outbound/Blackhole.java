package io.culvert.egress.outbound;

import io.culvert.config.OutboundSettings;
import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.ChildChannel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** blackhole: refuses, or answers 403 and closes a second later (wire-formats section 18.3). */
public final class Blackhole implements Outbound {
    private static final byte[] FORBIDDEN = """
            HTTP/1.1 403 Forbidden
            Connection: close
            Cache-Control: max-age=3600, public
            Content-Length: 0


            """.getBytes(StandardCharsets.US_ASCII);
    private static final long CLOSE_AFTER_MILLIS = 1_000;

    private final boolean http;

    public Blackhole(OutboundSettings.Blackhole settings) {
        this.http = settings.http();
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        if (!http || order.target().network() == Network.UDP) {
            return loop.newFailedFuture(new SessionFailure(CloseCause.BLACKHOLED, "blackhole"));
        }
        return loop.newSucceededFuture(new Answer(loop).begin());
    }

    /** A destination that says 403 and listens to nothing. */
    private static final class Answer extends ChildChannel {
        Answer(EventLoop loop) {
            super(null, loop);
        }

        Channel begin() {
            start();
            deliver(Unpooled.wrappedBuffer(FORBIDDEN));
            eventLoop().schedule(this::deliverEnd, CLOSE_AFTER_MILLIS, TimeUnit.MILLISECONDS);
            return this;
        }

        @Override
        protected void send(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        protected void sendComplete() {
            // Nothing was sent anywhere.
        }

        @Override
        protected void sendEnd() {
            // The answer does not wait for the client's end.
        }

        @Override
        protected boolean canSend() {
            return true;
        }

        @Override
        protected void closed() {
            // Holds nothing.
        }
    }
}
