package io.culvert.ingress.session;

import io.culvert.bus.RouteQuestion;
import io.culvert.ingress.protocol.ClientRequest;
import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.Network;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.relay.RelayPump;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's session: asks a router, has an egress open the destination, and joins the two. Owned by the channel's loop. */
public final class ClientSession implements LiveSession {
    private static final Logger LOG = LoggerFactory.getLogger(ClientSession.class);

    /** How many other egresses are tried for one session. */
    static final int MAX_FAILOVERS = 2;

    private final SessionServices services;
    private final Channel client;
    private final SessionDescriptor descriptor;
    private final ClientRequest.@Nullable Refusal refusal;
    private final UnaryOperator<SessionPolicy> limits;
    private final long startNanos = System.nanoTime();
    private volatile ClientState state = new ClientState.Routing();
    private @Nullable String server;

    private ClientSession(
            SessionServices services,
            Channel client,
            SessionDescriptor descriptor,
            ClientRequest.@Nullable Refusal refusal,
            UnaryOperator<SessionPolicy> limits) {
        this.services = services;
        this.client = client;
        this.descriptor = descriptor;
        this.refusal = refusal;
        this.limits = limits;
    }

    /**
     * Starts a session on the client's channel; its reading is held from here on, or behind its first bytes, until the relay stands.
     *
     * @param limits what the inbound makes of the router's policy
     */
    public static LiveSession start(
            SessionServices services,
            Channel client,
            SessionDescriptor descriptor,
            ClientRequest.@Nullable Refusal refusal,
            UnaryOperator<SessionPolicy> limits) {
        ClientSession session = new ClientSession(services, client, descriptor, refusal, limits);
        if (services.linked() && descriptor.target().network() == Network.TCP) {
            EarlyBytesHandler.holdAfterFirst(client);
        } else {
            ReadGate.of(client).hold(ReadGate.OPENING);
        }
        services.registry().add(session);
        EarlyBytesHandler.tellFaults(client, session::close);
        client.closeFuture().addListener(closed -> session.clientGone());
        session.route(RouteQuestion.first(descriptor));
        return session;
    }

    private void route(RouteQuestion question) {
        services.router()
                .route(question)
                .onComplete(answer -> onLoop(() -> {
                    if (!(state instanceof ClientState.Routing routing)) {
                        return;
                    }
                    if (answer.failed()) {
                        refuse(causeOf(answer.cause()), answer.cause());
                        return;
                    }
                    switch (answer.result()) {
                        case RouteDecision.Refuse(CloseCause cause) -> refuse(cause, null);
                        case RouteDecision.Forward forward -> dial(routing.decided(forward), question);
                    }
                }));
    }

    private void dial(ClientState.Dialling dialling, RouteQuestion question) {
        state = dialling;
        RouteDecision.Forward decision = dialling.decision();
        SessionPolicy policy = limits.apply(decision.policy());
        DialOrder order = new DialOrder(
                descriptor,
                decision.egressNode(),
                decision.outboundTag(),
                decision.target(),
                policy,
                decision.link(),
                decision.config());
        Future<Channel> opening = services.egress(decision.egressNode())
                .open(order, client.eventLoop(), () -> EarlyBytesHandler.firstIn(client));
        // Written while the order is on its way.
        if (question.failedEgresses().isEmpty()) {
            services.log().accepted(descriptor, decision.outboundTag());
        }
        opening.addListener((Future<Channel> opened) -> opened(opened, policy, question));
    }

    private void opened(Future<Channel> opened, SessionPolicy policy, RouteQuestion question) {
        if (!(state instanceof ClientState.Dialling dialling)) {
            if (opened.isSuccess()) {
                Channels.abort(opened.getNow());
            }
            return;
        }
        if (!opened.isSuccess()) {
            CloseCause cause = causeOf(opened.cause());
            if (mayTryElsewhere(dialling, cause, question)) {
                tryElsewhere(dialling, opened.cause(), question);
            } else {
                refuse(cause, opened.cause());
            }
            return;
        }
        server = Channels.serverOf(opened.getNow());
        RelayPump relay =
                RelayPump.prepare(client, opened.getNow(), descriptor.target().network(), policy, this::relayClosed);
        state = dialling.opened(relay);
        relay.start();
    }

    /** Nothing of the client has left so far that may not leave again, so another node's egress may be asked as long as the fault was that of this one. */
    private static boolean mayTryElsewhere(ClientState.Dialling dialling, CloseCause cause, RouteQuestion question) {
        return cause.mayTryElsewhere()
                && dialling.decision().link() != null
                && question.failedEgresses().size() < MAX_FAILOVERS;
    }

    private void tryElsewhere(ClientState.Dialling dialling, Throwable fault, RouteQuestion question) {
        String node = dialling.decision().egressNode();
        LOG.info(
                "[{}] {} not opened by {}: {}; another egress is asked for",
                descriptor.inboundTag(),
                descriptor.target(),
                node,
                fault.getMessage());
        services.registry().countFailover();
        state = new ClientState.Routing();
        route(question.without(node));
    }

    private void relayClosed(CloseCause cause, long uplinkBytes, long downlinkBytes) {
        end(cause, uplinkBytes, downlinkBytes);
    }

    private void clientGone() {
        CloseCause noted = Channels.reasonOf(client);
        switch (state) {
            case ClientState.Routing _, ClientState.Dialling _ ->
                end(noted == null ? CloseCause.CLIENT_RESET : noted, 0, 0);
            case ClientState.Relaying _, ClientState.Closed _ -> {}
        }
    }

    private void refuse(CloseCause cause, @Nullable Throwable fault) {
        if (cause == CloseCause.INTERNAL) {
            LOG.error("session {} cannot be opened", descriptor.target(), fault);
        } else {
            LOG.info(
                    "[{}] {} not opened: {}",
                    descriptor.inboundTag(),
                    descriptor.target(),
                    fault == null ? cause.text() : fault.getMessage());
        }
        end(cause, 0, 0);
        if (refusal != null) {
            refusal.refused(cause);
        } else if (EarlyBytesHandler.hasHeard(client)) {
            // What the client has said is lost, and it is told so, as by bytes that lie unread in the socket.
            Channels.abort(client);
        } else {
            Channels.closeGently(client);
        }
    }

    private void end(CloseCause cause, long uplinkBytes, long downlinkBytes) {
        String outbound = outboundTag();
        state = new ClientState.Closed(cause);
        services.registry().remove(this, cause, uplinkBytes, downlinkBytes);
        services.log().closed(descriptor, outbound, server, cause, uplinkBytes, downlinkBytes, ageMillis());
    }

    private static CloseCause causeOf(Throwable fault) {
        return fault instanceof SessionFailure failure ? failure.closeCause() : CloseCause.INTERNAL;
    }

    private void onLoop(Runnable task) {
        if (client.eventLoop().inEventLoop()) {
            task.run();
        } else {
            client.eventLoop().execute(task);
        }
    }

    @Override
    public SessionDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public String state() {
        return state.getClass().getSimpleName();
    }

    @Override
    public String outboundTag() {
        return switch (state) {
            case ClientState.Routing _, ClientState.Closed _ -> "";
            case ClientState.Dialling dialling -> dialling.decision().outboundTag();
            case ClientState.Relaying relaying -> relaying.decision().outboundTag();
        };
    }

    @Override
    public long uplinkBytes() {
        return state instanceof ClientState.Relaying relaying ? relaying.relay().uplinkBytes() : 0;
    }

    @Override
    public long downlinkBytes() {
        return state instanceof ClientState.Relaying relaying ? relaying.relay().downlinkBytes() : 0;
    }

    @Override
    public long ageMillis() {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    @Override
    public void endWhenIdle(long nanos, CloseCause cause) {
        if (state instanceof ClientState.Relaying relaying) {
            relaying.relay().endWhenIdle(nanos, cause);
        }
    }

    @Override
    public void close(CloseCause cause) {
        onLoop(() -> {
            switch (state) {
                case ClientState.Relaying relaying -> relaying.relay().close(cause);
                case ClientState.Routing _, ClientState.Dialling _ -> {
                    end(cause, 0, 0);
                    Channels.abort(client);
                }
                case ClientState.Closed _ -> {}
            }
        });
    }
}
