package io.culvert.transport.link;

import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.payload.VlessDatagramHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An ingress that waits for the answer to an order, which comes once: the egress's, or why there is none. */
final class LinkAsk {
    private final LinkOpening opening;
    private int sentAhead;
    private @Nullable Future<?> deadline;

    LinkAsk(LinkOpening opening) {
        this.opening = opening;
    }

    /**
     * The order has left on a stream.
     *
     * @param aheadBytes of the client that have left with it
     */
    void await(LinkStream stream, int aheadBytes) {
        sentAhead = aheadBytes;
        deadline = stream.eventLoop()
                .schedule(
                        () -> stream.giveUp(
                                new SessionFailure(CloseCause.DIAL_TIMEOUT, "link: the egress did not answer in time")),
                        LinkLimits.ANSWER_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    void opened(LinkStream stream) {
        settle();
        if (sentAhead > 0) {
            Channels.addProtocol(stream, SentAheadHandler.NAME, new SentAheadHandler(sentAhead));
        }
        if (opening.network() == Network.UDP) {
            // Length and bytes, as in a VLESS stream.
            Channels.addProtocol(stream, VlessDatagramHandler.NAME, new VlessDatagramHandler());
        }
        if (!opening.opened().trySuccess(stream)) {
            Channels.abort(stream);
        }
    }

    void failed(SessionFailure why) {
        settle();
        opening.opened().tryFailure(why);
    }

    private void settle() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }
}
