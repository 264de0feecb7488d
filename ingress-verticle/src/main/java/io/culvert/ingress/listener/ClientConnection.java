package io.culvert.ingress.listener;

import io.culvert.ingress.protocol.ClientRequest;
import io.culvert.ingress.protocol.Handshake;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.ingress.session.ClientSession;
import io.culvert.ingress.session.LiveSession;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionDescriptor;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.channel.PeerProof;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.channel.StreamEnd;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An accepted connection between accept and request: one deadline, and what becomes of it. Owned by the channel's loop. */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Handshake {
    private static final String NAME = "handshake";
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    private final Ingress ingress;
    private final String inboundTag;
    private final InboundProtocol protocol;
    private final Channel channel;
    private final InetSocketAddress source;
    private final InetSocketAddress local;
    private final HalfOpen.@Nullable Place place;
    private final boolean front;
    private final @Nullable Runnable known;
    private @Nullable Future<?> deadline;
    private boolean open = true;
    private boolean rejected;

    private ClientConnection(
            Ingress ingress,
            String inboundTag,
            InboundProtocol protocol,
            Channel channel,
            HalfOpen.@Nullable Place place,
            boolean front,
            @Nullable Runnable known) {
        this.place = place;
        this.front = front;
        this.known = known;
        this.ingress = ingress;
        this.inboundTag = inboundTag;
        this.protocol = protocol;
        this.channel = channel;
        SocketAddress local = channel.localAddress();
        this.source = ClientAddress.of(channel);
        this.local = local instanceof InetSocketAddress inet ? inet : source;
    }

    /**
     * Puts a protocol on a fresh channel and starts the deadline.
     *
     * @param place what is left when the handshake ends, or null for a stream that is counted with its connection
     * @param front whether it comes from a reverse proxy or from this host
     * @param known called when a request is known, or null
     */
    static void begin(
            Ingress ingress,
            String inboundTag,
            Channel channel,
            InboundProtocol protocol,
            long deadlineMillis,
            HalfOpen.@Nullable Place place,
            boolean front,
            @Nullable Runnable known) {
        ClientConnection connection = new ClientConnection(ingress, inboundTag, protocol, channel, place, front, known);
        protocol.install(channel, connection);
        Channels.addProtocol(channel, NAME, connection);
        connection.deadline = channel.eventLoop().schedule(connection::expired, deadlineMillis, TimeUnit.MILLISECONDS);
    }

    @Override
    public InetSocketAddress source() {
        return source;
    }

    @Override
    public InetSocketAddress peer() {
        return ClientAddress.peer(channel);
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    @Override
    public void request(Channel carrier, ClientRequest request) {
        PeerProof.given(channel);
        requestKnown();
        if (carrier.equals(channel)) {
            // Before the handler goes: what the protocol's codec passes on from here meets the keeper of early bytes.
            ReadGate.of(channel).hold(ReadGate.OPENING);
            settled();
        }
        SessionDescriptor descriptor = new SessionDescriptor(
                ingress.nextSessionId(),
                ingress.node(),
                inboundTag,
                source,
                request.target(),
                request.origin(),
                request.user(),
                request.protocol());
        LiveSession session =
                ClientSession.start(ingress, carrier, descriptor, request.refusal(), UnaryOperator.identity());
        // After the session is known to others: whoever removes a user looks at the users first and at the sessions
        // then.
        if (request.user() != null && !protocol.knows(request.user())) {
            session.close(CloseCause.USER_REMOVED);
        }
    }

    @Override
    public void settled() {
        requestKnown();
        if (close()) {
            channel.pipeline().remove(this);
        }
    }

    private void requestKnown() {
        if (known != null) {
            known.run();
        }
    }

    @Override
    public boolean elsewhere(BooleanSupplier work, Runnable then) {
        boolean submitted = ingress.strangersWork()
                .submit(front ? null : ClientSource.of(peer().getAddress()), new StrangersWork.Piece() {
                    @Override
                    public boolean run() {
                        try {
                            return work.getAsBoolean();
                        } finally {
                            onLoop(() -> judged(then));
                        }
                    }

                    @Override
                    public void displaced() {
                        onLoop(ClientConnection.this::displaced);
                    }
                });
        if (submitted) {
            ReadGate.of(channel).hold(ReadGate.JUDGING);
        }
        return submitted;
    }

    /** A loop that ends closes its connections itself. */
    private void onLoop(Runnable task) {
        if (!channel.eventLoop().isShuttingDown()) {
            channel.eventLoop().execute(task);
        }
    }

    private void judged(Runnable then) {
        if (open && channel.isActive()) {
            ReadGate.of(channel).release(ReadGate.JUDGING);
            then.run();
        }
    }

    private void displaced() {
        if (open && channel.isActive()) {
            hold(CloseCause.LIMIT, "too many unknown clients at once");
        }
    }

    @Override
    public void refuse(CloseCause cause, String why) {
        reject(cause, why);
        if (close()) {
            channel.pipeline().remove(this);
        }
        Channels.closeGently(channel);
    }

    @Override
    public void hold(CloseCause cause, String why) {
        reject(cause, why);
        channel.pipeline().addFirst("hold", new Hold());
        ReadGate.of(channel).release(ReadGate.GATHERING | ReadGate.OPENING | ReadGate.BACK_PRESSURE | ReadGate.JUDGING);
    }

    private void reject(CloseCause cause, String why) {
        if (open && !rejected) {
            rejected = true;
            ingress.registry().count(cause);
            ingress.log().rejected(source, cause, why);
        }
    }

    private void expired() {
        if (open) {
            reject(CloseCause.HANDSHAKE_TIMEOUT, "");
            close();
            channel.close();
        }
    }

    /** Takes the deadline away; whether it was still there. */
    private boolean close() {
        if (!open) {
            return false;
        }
        open = false;
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (place != null) {
            place.leave();
        }
        return true;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        abandoned();
        ctx.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT && open) {
            // A client that has ended its stream will never finish its request.
            abandoned();
            channel.close();
            return;
        }
        if (event instanceof CloseCause cause && open) {
            reject(cause, "");
            close();
            // After the transport that says so has said it to its peer too.
            channel.eventLoop().execute(channel::close);
            return;
        }
        ctx.fireUserEventTriggered(event);
    }

    /** The client has left: worth a count, not a line. One that was rejected has both already. */
    private void abandoned() {
        if (open && !rejected) {
            ingress.registry().count(CloseCause.HANDSHAKE_ABANDONED);
        }
        close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        if (fault instanceof RuntimeException && !(fault instanceof DecoderException)) {
            LOG.error("fault in a handshake", fault);
        }
        if (fault instanceof IOException && !(fault instanceof SSLException)) {
            abandoned();
        } else {
            reject(CloseCause.MALFORMED, "");
            close();
        }
        channel.close();
    }

    /** Reads and forgets, so that the close at the deadline is a FIN and not a reset. Its end mark is not passed on. */
    private static final class Hold extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            // Nothing was read.
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE || event == StreamEnd.INPUT) {
                ctx.channel().close();
            }
        }
    }
}
