package io.culvert.launcher;

import io.culvert.admin.Metrics;
import io.culvert.ingress.listener.HalfOpen;
import io.culvert.ingress.listener.Ingress;
import io.culvert.ingress.listener.IngressLimits;
import io.culvert.ingress.listener.StrangersWork;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.transport.channel.DroppedDatagrams;
import io.culvert.wire.vmess.SeenHeaders;
import java.net.InetAddress;
import java.util.Locale;

/** What is counted of a node's ingress, what it is limited to, and what is said of its limits. */
final class IngressCounters {
    private static final String HALF_OPEN_HELP = "Connections refused because too many are half open";

    private IngressCounters() {}

    static void register(Metrics metrics, Ingress ingress) {
        registerSessions(metrics, ingress);
        HalfOpen halfOpen = ingress.halfOpen();
        metrics.count("culvert.connections.over.limit", "Connections closed at once by a limit", ingress::overLimit);
        metrics.count("culvert.half.open.refused", HALF_OPEN_HELP, halfOpen::overSource, "limit", "source");
        metrics.count("culvert.half.open.refused", HALF_OPEN_HELP, halfOpen::overNode, "limit", "node");
        metrics.gauge("culvert.connections.half.open", "Connections in their handshake", halfOpen::now);
        metrics.gauge(
                "culvert.connections.half.open.fronts",
                "Those of them from this host and from trusted fronts",
                halfOpen::fronts);
        metrics.count(
                "culvert.datagram.sessions.replaced",
                "UDP sessions that ended at the limit of their socket or SOCKS association, for a new one",
                ingress.datagramSessionsReplaced()::sum);
        metrics.count(
                "culvert.kcp.over.limit",
                "mKCP sessions that found no place among the unconfirmed ones, or lost it",
                ingress.kcpOverLimit()::sum);
        metrics.gauge("culvert.limit.sessions", "The most live sessions", ingress::mostSessions);
        registerLimits(metrics, ingress.limits());
        registerSeen(metrics, ingress.seen());
        registerSearches(metrics, ingress.strangersWork());
    }

    private static void registerSearches(Metrics metrics, StrangersWork work) {
        metrics.gauge(
                "culvert.limit.user.searches",
                "The most VMess headers that wait for a search among all users, of fronts and of everybody else",
                () -> StrangersWork.MOST_WAITING);
        metrics.gauge(
                "culvert.user.searches.waiting", "VMess headers that wait for a search among all users", work::waiting);
        String help = "Searches among all VMess users, beside the event loops";
        metrics.count("culvert.user.searches", help, work::ofUsers, "found", "a user");
        metrics.count("culvert.user.searches", help, work::ofStrangers, "found", "nobody");
        String refused = "VMess headers of unknown clients for which no user was searched";
        metrics.count("culvert.user.searches.refused", refused, work::overSource, "limit", "source");
        metrics.count("culvert.user.searches.refused", refused, work::overNode, "limit", "node");
    }

    private static void registerSeen(Metrics metrics, SeenMemory seen) {
        metrics.gauge("culvert.limit.vmess.seen", "The most VMess headers that are remembered", seen::limit);
        metrics.gauge(
                "culvert.vmess.seen",
                "VMess headers that have been used and are remembered",
                () -> seen.count(SeenHeaders::size));
        metrics.gauge(
                "culvert.vmess.seen.kept",
                "1 while they lie in a file that outlives the node",
                () -> seen.isKept() ? 1 : 0);
        String help = "VMess sessions refused for what is remembered of headers, by reason";
        metrics.count(
                "culvert.vmess.seen.refused",
                help,
                () -> seen.count(SeenHeaders::refusedFull),
                "reason",
                "no room to remember another");
        metrics.count(
                "culvert.vmess.seen.refused",
                help,
                () -> seen.count(SeenHeaders::refusedTooOld),
                "reason",
                "of a time before the start of which nothing is known");
    }

    private static void registerSessions(Metrics metrics, Ingress ingress) {
        var registry = ingress.registry();
        for (CloseCause cause : CloseCause.values()) {
            metrics.count(
                    "culvert.sessions",
                    "Sessions and handshakes that ended, by cause",
                    () -> registry.ended(cause),
                    "cause",
                    cause.text());
        }
        String bytes = "Payload of ended sessions, in bytes";
        metrics.count("culvert.bytes", bytes, registry::endedUplinkBytes, "direction", "up");
        metrics.count("culvert.bytes", bytes, registry::endedDownlinkBytes, "direction", "down");
        for (DroppedDatagrams.Reason reason : DroppedDatagrams.Reason.values()) {
            metrics.count(
                    "culvert.datagrams.dropped",
                    "Datagrams that were not passed on, by reason",
                    () -> DroppedDatagrams.sum(reason),
                    "reason",
                    reason.text());
        }
    }

    private static void registerLimits(Metrics metrics, IngressLimits limits) {
        metrics.gauge("culvert.limit.half.open", "The most connections in handshake", limits::halfOpen);
        metrics.gauge(
                "culvert.limit.half.open.sources",
                "The most sources whose first connection in handshake has a place of its own",
                limits::halfOpenSources);
        metrics.gauge(
                "culvert.limit.datagram.sessions",
                "The most UDP sessions of a listening socket",
                limits::datagramSessions);
        metrics.gauge(
                "culvert.limit.kcp.half.open",
                "The most mKCP sessions of a listening socket whose clients are not confirmed",
                limits::kcpHalfOpen);
    }

    /** The limits of a node, for the log of its start. */
    static String limits(Ingress ingress, long openFiles) {
        IngressLimits limits = ingress.limits();
        return String.format(
                Locale.ROOT,
                "limits: %d sessions (LimitNOFILE %d, of which %d are kept free and %d for each other node of a farm);"
                        + " half-open connections: %d of a source, %d of all and one of each of"
                        + " %d sources, %d of this host and trusted fronts; %d UDP sessions a socket, %d a SOCKS association; %d unconfirmed mKCP"
                        + " sessions a socket; %d VMess headers are remembered, %d may wait for a search among all users,"
                        + " of a source %d for nothing at once and %d a second",
                ingress.mostSessions(),
                openFiles,
                IngressLimits.DESCRIPTORS_KEPT_FREE,
                IngressLimits.DESCRIPTORS_A_NODE,
                HalfOpen.MOST_OF_SOURCE,
                limits.halfOpen(),
                limits.halfOpenSources(),
                limits.halfOpen(),
                limits.datagramSessions(),
                IngressLimits.ASSOCIATION_DATAGRAM_SESSIONS,
                limits.kcpHalfOpen(),
                ingress.seen().limit(),
                StrangersWork.MOST_WAITING,
                StrangersWork.BUDGET,
                StrangersWork.BUDGET_A_SECOND);
    }

    /** Has refusals of the ingress said. */
    static void watch(RefusalLog log, Ingress ingress, long openFiles) {
        IngressLimits limits = ingress.limits();
        HalfOpen halfOpen = ingress.halfOpen();
        log.watch(
                ingress::overSessions,
                count -> ingress.mostSessions() + " sessions at once, the limit that LimitNOFILE " + openFiles
                        + " gives: " + count + " refused");
        log.watch(
                halfOpen::overSource,
                count -> HalfOpen.MOST_OF_SOURCE + " half-open connections of one source, its limit: " + count
                        + " refused" + busiest(halfOpen)
                        + "; a reverse proxy whose clients share its address is to be named in sockopt.trustedFronts");
        log.watch(
                halfOpen::overNode,
                count -> limits.halfOpen() + " half-open connections and one of each of " + limits.halfOpenSources()
                        + " sources, the limit that LimitNOFILE " + openFiles + " gives: " + count
                        + " refused, though their sources had fewer than " + HalfOpen.MOST_OF_SOURCE + " each");
        log.watch(
                ingress.datagramSessionsReplaced()::sum,
                count -> "UDP sessions at the limit of their socket (" + limits.datagramSessions()
                        + " unless its inbound's udpSessions says another) or of their SOCKS association ("
                        + IngressLimits.ASSOCIATION_DATAGRAM_SESSIONS + "): " + count + " ended for new ones");
        log.watch(
                ingress.kcpOverLimit()::sum,
                count -> limits.kcpHalfOpen() + " mKCP sessions of a socket whose clients are not confirmed, the limit,"
                        + " or a few of one address: " + count + " refused or ended for new ones");
        StrangersWork work = ingress.strangersWork();
        log.watch(
                work::overSource,
                count -> StrangersWork.BUDGET + " VMess headers of one source that were no user's, and "
                        + StrangersWork.BUDGET_A_SECOND + " a second, its limit: no user was searched for " + count);
        log.watch(
                work::overNode,
                count -> StrangersWork.MOST_WAITING
                        + " VMess headers that wait for a search among all users, the limit: no user was searched for "
                        + count);
        SeenMemory seen = ingress.seen();
        log.watch(
                () -> seen.count(SeenHeaders::refusedFull),
                count -> seen.limit() + " VMess headers of the last minutes, the most that are remembered: " + count
                        + " sessions refused");
        log.watch(
                () -> seen.count(SeenHeaders::refusedTooOld),
                count -> "the VMess headers that were used before the start are not known: " + count
                        + " refused whose time is more than " + SeenHeaders.SLACK_SECONDS + " s before it");
    }

    private static String busiest(HalfOpen halfOpen) {
        InetAddress last = halfOpen.busiest();
        return last == null ? "" : ", the last from " + new Address.Ip(last).text();
    }
}
