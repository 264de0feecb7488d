package io.culvert.transport.link;

import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.payload.VlessDatagramHandler;
import io.culvert.transport.relay.RelayPump;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A session at the egress, from its order to its end. Owned by its stream's event loop; others look at it and close it. */
final class LinkSession {
    private static final Logger LOG = LoggerFactory.getLogger(LinkSession.class);

    private final LinkService service;
    private final LinkStream stream;
    private final DialOrder order;
    private volatile @Nullable RelayPump relay;
    private boolean over;

    LinkSession(LinkService service, LinkStream stream, DialOrder order) {
        this.service = service;
        this.stream = stream;
        this.order = order;
    }

    /** Opens the destination. The stream's reading is held until the relay stands. */
    void open() {
        if (order.target().network() == Network.UDP) {
            // Length and bytes, as in a VLESS stream.
            Channels.addProtocol(stream, VlessDatagramHandler.NAME, new VlessDatagramHandler());
        }
        stream.closeFuture().addListener(_ -> {
            if (relay == null) {
                end();
            }
        });
        service.egress().open(order, stream.eventLoop()).addListener((Future<Channel> opened) -> {
            if (opened.isSuccess()) {
                opened(opened.getNow());
            } else {
                failed(opened.cause());
            }
        });
    }

    private void opened(Channel upstream) {
        if (over || !stream.isActive()) {
            Channels.endsFor(upstream, CloseCause.CLIENT_RESET);
            Channels.abort(upstream);
            end();
            return;
        }
        stream.answerOpened();
        RelayPump pump = RelayPump.prepare(stream, upstream, order.target().network(), policy(), (_, _, _) -> end());
        relay = pump;
        pump.start();
        stream.connection().flush();
    }

    private void failed(Throwable fault) {
        end();
        if (fault instanceof SessionFailure failure) {
            stream.refuse(failure);
        } else {
            LOG.error("session {} cannot be opened", order.target(), fault);
            stream.refuse(new SessionFailure(CloseCause.INTERNAL, "internal fault"));
        }
    }

    /**
     * The ingress's timers end a session. Here they are only there for one that never does, and later: while the ingress still
     * hands on what it has received, this end sees nothing move.
     */
    private SessionPolicy policy() {
        SessionPolicy asked = order.policy();
        return new SessionPolicy(
                later(asked.connIdleMillis()),
                later(asked.uplinkOnlyMillis()),
                later(asked.downlinkOnlyMillis()),
                Math.min(asked.bufferBytes(), LinkLimits.MAX_BUFFER));
    }

    private static long later(long millis) {
        return Math.min(millis, LinkLimits.MAX_TIMER_MILLIS) + LinkLimits.TIMER_SLACK_MILLIS;
    }

    private void end() {
        if (!over) {
            over = true;
            service.ended(this);
        }
    }

    /** Ends it from outside; any thread. The ingress is told why. */
    void close(CloseCause cause) {
        stream.eventLoop().execute(() -> {
            RelayPump pump = relay;
            if (pump != null) {
                pump.close(cause);
            } else {
                end();
                Channels.endsFor(stream, cause);
                Channels.abort(stream);
            }
        });
    }

    /** Ends it once no payload has moved for a time; any thread. What is still being opened goes on. */
    void endWhenIdle(long nanos, CloseCause cause) {
        RelayPump pump = relay;
        if (pump != null) {
            pump.endWhenIdle(nanos, cause);
        }
    }

    LinkSessionView view() {
        RelayPump pump = relay;
        return new LinkSessionView(
                order.session().id(),
                order.session().ingressNode(),
                order.target(),
                order.outboundTag(),
                pump != null,
                pump == null ? 0 : pump.uplinkBytes(),
                pump == null ? 0 : pump.downlinkBytes());
    }
}
