package io.culvert.transport.link;

import io.culvert.bus.LinkOrder;
import io.culvert.bus.NodeStatus;
import io.culvert.bus.TicketDesk;
import io.culvert.bus.TicketDesk.Outcome;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.Outbound;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What the connections of an egress share: who is let in, and the sessions. Safe for all event loops. */
final class LinkService {
    private final TicketDesk tickets;
    private final Outbound egress;
    private final IntSupplier mostSessions;
    private final Set<LinkSession> sessions = ConcurrentHashMap.newKeySet();
    private final AtomicInteger admitted = new AtomicInteger();
    private final Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);
    private final LongAdder refused = new LongAdder();
    private volatile boolean draining;

    LinkService(TicketDesk tickets, Outbound egress, IntSupplier mostSessions) {
        this.tickets = tickets;
        this.egress = egress;
        this.mostSessions = mostSessions;
        for (Outcome outcome : Outcome.values()) {
            outcomes.put(outcome, new LongAdder());
        }
    }

    Outbound egress() {
        return egress;
    }

    Set<LinkSession> sessions() {
        return sessions;
    }

    void drain() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    void closeAll(CloseCause cause) {
        for (LinkSession session : sessions) {
            session.close(cause);
        }
    }

    void endWhenIdle(long nanos, CloseCause cause) {
        for (LinkSession session : sessions) {
            session.endWhenIdle(nanos, cause);
        }
    }

    long tickets(Outcome outcome) {
        LongAdder count = outcomes.get(outcome);
        return count == null ? 0 : count.sum();
    }

    int rememberedTickets() {
        return tickets.remembered();
    }

    long refused() {
        return refused.sum();
    }

    /** Counts an order that cannot be read. */
    void malformed() {
        refused.increment();
    }

    /**
     * Whether an order's ticket proves it.
     *
     * @param names those of the peer's certificate, or null on a clear link
     * @return null, or why not
     */
    @Nullable
    SessionFailure judge(LinkOrder asked, @Nullable List<String> names) {
        String ingress = NodeStatus.nameOf(asked.order().session().ingressNode());
        // Before the ticket is taken: a stranger must not use up another node's.
        if (names != null && !names.contains(ingress.toLowerCase(Locale.ROOT))) {
            count(Outcome.FORGED);
            return refusal("the order is of another node than the certificate");
        }
        Outcome outcome = tickets.take(asked);
        count(outcome);
        return switch (outcome) {
            case ACCEPTED -> null;
            case FORGED -> refusal("the ticket is not for this order");
            case ELSEWHERE -> refusal("the order is for another node");
            case EXPIRED -> refusal("the ticket has expired");
            case REPLAYED -> refusal("the ticket has been used");
            case FULL -> refusal("too many tickets at once");
        };
    }

    private static SessionFailure refusal(String why) {
        return new SessionFailure(CloseCause.TICKET_REFUSED, why);
    }

    private void count(Outcome outcome) {
        LongAdder count = outcomes.get(outcome);
        if (count != null) {
            count.increment();
        }
    }

    /**
     * Takes a session in.
     *
     * @param onConnection sessions on its connection, with it
     * @return null, or why not
     */
    @Nullable
    SessionFailure admit(LinkSession session, int onConnection) {
        if (draining) {
            refused.increment();
            return new SessionFailure(CloseCause.DRAINED, "the egress is being drained");
        }
        if (admitted.incrementAndGet() > mostSessions.getAsInt() || onConnection > LinkLimits.STREAMS) {
            admitted.decrementAndGet();
            refused.increment();
            return new SessionFailure(CloseCause.LIMIT, "the egress has all the sessions that it may");
        }
        sessions.add(session);
        return null;
    }

    /** A session has ended; told once. */
    void ended(LinkSession session) {
        if (sessions.remove(session)) {
            admitted.decrementAndGet();
        }
    }
}
