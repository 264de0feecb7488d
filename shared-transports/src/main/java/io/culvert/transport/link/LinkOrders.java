package io.culvert.transport.link;

import io.culvert.bus.LinkOrder;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Judges the orders of a connection, which come whole and each on a stream of its own. */
final class LinkOrders implements BiConsumer<LinkStream, ByteBuf> {
    private static final Logger LOG = LoggerFactory.getLogger(LinkOrders.class);

    private final LinkService service;
    private final @Nullable List<String> names;
    private final Consumer<LinkConnection> proven;

    /**
     * @param names those of the peer's certificate, or null on a clear link
     * @param proven told that the connection has brought a valid order
     */
    LinkOrders(LinkService service, @Nullable List<String> names, Consumer<LinkConnection> proven) {
        this.service = service;
        this.names = names;
        this.proven = proven;
    }

    @Override
    public void accept(LinkStream stream, ByteBuf order) {
        switch (LinkFrames.orderOf(order)) {
            case Decoded.Complete<LinkOrder>(LinkOrder asked) -> judge(stream, asked);
            case Decoded.NeedMore<LinkOrder> _ -> malformed(stream, "an order that is cut off");
            case Decoded.Malformed<LinkOrder>(var _, String why) -> malformed(stream, why);
        }
    }

    private void malformed(LinkStream stream, String why) {
        service.malformed();
        refuse(stream, new SessionFailure(CloseCause.MALFORMED, why));
    }

    private void judge(LinkStream stream, LinkOrder asked) {
        SessionFailure refusal = service.judge(asked, names);
        if (refusal != null) {
            refuse(stream, refusal);
            return;
        }
        LinkConnection connection = stream.connection();
        proven.accept(connection);
        LinkSession session = new LinkSession(service, stream, asked.order());
        refusal = service.admit(session, connection.sessions());
        if (refusal != null) {
            refuse(stream, refusal);
            return;
        }
        session.open();
    }

    private static void refuse(LinkStream stream, SessionFailure why) {
        LOG.info("order from {} refused: {}", stream.remoteAddress(), why.getMessage());
        stream.refuse(why);
    }
}
