package io.culvert.launcher;

import io.culvert.admin.Metrics;
import io.culvert.bus.TicketDesk;
import io.culvert.bus.TicketKey;
import io.culvert.bus.TicketNonces;
import io.culvert.config.ClusterConfig;
import io.culvert.egress.Egress;
import io.culvert.launcher.cluster.ClusterSecrets;
import io.culvert.launcher.cluster.Farm;
import io.culvert.launcher.cluster.NodeDirectory;
import io.culvert.model.CloseCause;
import io.culvert.model.LinkGrant;
import io.culvert.model.SessionFailure;
import io.culvert.router.LinkGrants;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.link.LinkClient;
import io.culvert.transport.link.LinkLimits;
import io.culvert.transport.link.LinkSecurity;
import io.culvert.transport.link.LinkServer;
import io.culvert.transport.tls.MutualTls;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's ends of the links between nodes: what its ingress opens sessions with on other nodes, where its egress listens for
 * theirs, and what its router signs.
 */
sealed interface NodeLinks {
    Logger LOG = LoggerFactory.getLogger(NodeLinks.class);

    /**
     * The links of a farm's node, or of a node of its own, which has none. Reads nothing, but makes TLS contexts: not for an
     * event loop.
     *
     * @param sessions the most sessions that other nodes may have here, asked for each
     */
    static NodeLinks of(@Nullable Farm farm, Egress egress, IntSupplier sessions) throws TlsConfigException {
        return farm == null ? new None() : InFarm.of(farm, egress, sessions);
    }

    /** What opens destinations by the egress of another node. */
    Outbound outbound();

    /** Listens for other nodes. */
    Future<Void> listen();

    /** What this node's router hands out. */
    LinkGrants grants();

    /** Where this node listens, or null where it does not. */
    @Nullable
    InetSocketAddress address();

    /** Sessions of other nodes that this node's egress carries. */
    int sessions();

    /** Takes no new sessions of other nodes. */
    void drain();

    /** Ends the sessions of other nodes once no payload has moved in them for a time. */
    void endWhenIdle(long nanos, CloseCause cause);

    /** Ends the sessions of other nodes. */
    void endSessions(CloseCause cause);

    /** Ends what is left. */
    Future<Void> close();

    /** Counts what there is to count. */
    void register(Metrics metrics);

    /** Has refusals said. */
    void watch(RefusalLog log);

    /** The limits, for the log of the start. */
    List<String> limits();

    /** A node of its own. */
    record None() implements NodeLinks {
        @Override
        public Outbound outbound() {
            return (order, loop) ->
                    loop.newFailedFuture(new SessionFailure(CloseCause.LINK_FAILED, "this node is not in a farm"));
        }

        @Override
        public Future<Void> listen() {
            return Future.succeededFuture();
        }

        @Override
        public LinkGrants grants() {
            return LinkGrants.NONE;
        }

        @Override
        public @Nullable InetSocketAddress address() {
            return null;
        }

        @Override
        public int sessions() {
            return 0;
        }

        @Override
        public void drain() {
            // There is nobody to tell.
        }

        @Override
        public void endWhenIdle(long nanos, CloseCause cause) {
            // Other nodes have no sessions here.
        }

        @Override
        public void endSessions(CloseCause cause) {
            // Other nodes have no sessions here.
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }

        @Override
        public void register(Metrics metrics) {
            // There are no links.
        }

        @Override
        public void watch(RefusalLog log) {
            // There are no links.
        }

        @Override
        public List<String> limits() {
            return List.of();
        }
    }

    /** A node of a farm. */
    record InFarm(
            Farm farm,
            LinkServer server,
            LinkClient client,
            LinkGrants grants,
            InetSocketAddress address,
            IntSupplier mostSessions)
            implements NodeLinks {

        private static InFarm of(Farm farm, Egress egress, IntSupplier sessions) throws TlsConfigException {
            ClusterSecrets secrets = farm.secrets();
            ClusterConfig config = farm.config();
            MutualTls tls = config.link().security() == ClusterConfig.LinkSecurity.NONE
                    ? null
                    : new LinkSecurity(secrets.caPem(), secrets.certificatePem(), secrets.keyPem()).contexts();
            TicketKey key = TicketKey.of(secrets.clusterKey());
            TicketDesk desk = new TicketDesk(key, farm.nodeId(), System::currentTimeMillis);
            TicketNonces nonces = new TicketNonces(new SecureRandom());
            LinkGrants grants = (session, chosen, outboundTag, target, decidedBy) -> {
                InetSocketAddress link = chosen.link();
                return link == null
                        ? null
                        : new LinkGrant(
                                link,
                                key.mint(
                                        session,
                                        chosen.node(),
                                        outboundTag,
                                        target,
                                        decidedBy,
                                        System.currentTimeMillis(),
                                        nonces));
            };
            LinkServer server = new LinkServer(tls, desk, egress, sessions);
            LinkClient client = new LinkClient(tls);
            if (tls != null) {
                farm.onRenewed(renewed -> use(renewed, server, client));
            }
            return new InFarm(
                    farm,
                    server,
                    client,
                    grants,
                    new InetSocketAddress(config.bind(), config.link().port()),
                    sessions);
        }

        private static void use(ClusterSecrets renewed, LinkServer server, LinkClient client) {
            try {
                MutualTls tls =
                        new LinkSecurity(renewed.caPem(), renewed.certificatePem(), renewed.keyPem()).contexts();
                server.use(tls);
                client.use(tls);
            } catch (TlsConfigException e) {
                LOG.error("the renewed certificate cannot be used for links", e);
            }
        }

        @Override
        public Outbound outbound() {
            return client;
        }

        @Override
        public Future<Void> listen() {
            Vertx vertx = farm.vertx();
            var loops = VertxChannels.loopsOf(vertx);
            return VertxChannels.future(server.listen(address, loops.next(), loops))
                    .<Void>mapEmpty()
                    .recover(failure ->
                            Future.failedFuture(StartFailure.ofListening("link " + HostPort.of(address), failure)));
        }

        @Override
        public int sessions() {
            return server.sessions();
        }

        @Override
        public void drain() {
            server.drain();
        }

        @Override
        public void endWhenIdle(long nanos, CloseCause cause) {
            server.endWhenIdle(nanos, cause);
        }

        @Override
        public void endSessions(CloseCause cause) {
            server.endSessions(cause);
        }

        @Override
        public Future<Void> close() {
            client.close();
            return VertxChannels.future(server.close(CloseCause.DRAINED));
        }

        @Override
        public void watch(RefusalLog log) {
            log.watch(
                    server::refused,
                    count -> "orders of other nodes beyond the limit of " + mostSessions.getAsInt()
                            + " sessions, malformed, or in a drain: " + count + " refused");
            log.watch(
                    () -> server.tickets(TicketDesk.Outcome.FULL),
                    count -> "used tickets that are remembered, at their limit: " + count + " orders refused");
            log.watch(server::strangers, count -> "connections to the link without a valid order: " + count + " ended");
            log.watch(
                    farm.directory()::unbelieved,
                    count -> NodeDirectory.MAX_NODES + " nodes of a farm, the limit: " + count
                            + " announcements of others were not believed");
            log.watch(
                    farm::refusedJoins,
                    count -> "connections to the cluster port without its key: " + count + " ended");
            log.watch(
                    farm::refusedBusConnections,
                    count -> "connections of the event bus with more or other frames than nodes send: " + count
                            + " ended");
        }

        @Override
        public List<String> limits() {
            String links = String.format(
                    Locale.ROOT,
                    "limits: %d sessions of other nodes, %d a link connection; %d connections to an egress an event loop; %d"
                            + " used tickets; %d frames without payload a second of a link; %d link connections without an"
                            + " order an event loop",
                    mostSessions.getAsInt(),
                    LinkLimits.STREAMS,
                    LinkLimits.CONNECTIONS_PER_EGRESS,
                    TicketDesk.MAX_REMEMBERED,
                    LinkLimits.FRAMES_A_SECOND,
                    LinkLimits.STRANGERS);
            return List.of(Farm.limits(), links);
        }

        @Override
        public void register(Metrics metrics) {
            metrics.gauge(
                    "culvert.certificate.expiry.seconds",
                    "When the node's certificate ends, Unix seconds",
                    () -> farm.latestSecrets().notAfter().getEpochSecond());
            metrics.gauge(
                    "culvert.farm.nodes.other",
                    "Other nodes of the farm that this one hears",
                    () -> farm.directory().others().size());
            metrics.gauge(
                    "culvert.farm.alone",
                    "1 while the node hears no other one though its members name some",
                    () -> farm.isAlone() ? 1 : 0);
            metrics.gauge("culvert.limit.nodes", "The most nodes of a farm", () -> NodeDirectory.MAX_NODES);
            metrics.count(
                    "culvert.farm.nodes.refused",
                    "Announcements of nodes beyond the most of a farm",
                    farm.directory()::unbelieved);
            metrics.count("culvert.cluster.joins.refused", "Connections without the cluster key", farm::refusedJoins);
            metrics.count("culvert.bus.refused", "Connections of the event bus cut off", farm::refusedBusConnections);
            metrics.gauge("culvert.bus.held.bytes", "Bytes of unfinished frames of the event bus", farm::heldBusBytes);
            metrics.gauge("culvert.link.sessions", "Sessions of other nodes at this egress", server::sessions);
            metrics.gauge("culvert.link.connections.in", "Connections of other nodes' ingresses", server::connections);
            metrics.gauge("culvert.link.connections.out", "Connections to other nodes' egresses", client::connections);
            metrics.count(
                    "culvert.link.connections.ended", "Connections to egresses that failed or ended", client::lost);
            metrics.count(
                    "culvert.link.sent.ahead", "Sessions whose first bytes went with their order", client::sentAhead);
            metrics.count("culvert.link.strangers", "Connections without a valid order", server::strangers);
            metrics.count("culvert.link.refused", "Orders refused for other reasons than a ticket", server::refused);
            metrics.gauge("culvert.link.tickets.remembered", "Used tickets remembered", server::rememberedTickets);
            for (TicketDesk.Outcome outcome : TicketDesk.Outcome.values()) {
                metrics.count(
                        "culvert.link.tickets",
                        "Orders by what their ticket was found to be",
                        () -> server.tickets(outcome),
                        "outcome",
                        outcome.name().toLowerCase(Locale.ROOT));
            }
        }
    }
}
