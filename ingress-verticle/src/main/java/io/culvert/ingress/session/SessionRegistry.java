package io.culvert.ingress.session;

import io.culvert.model.CloseCause;
import io.culvert.model.UserRef;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The live sessions of a node, and what became of those that ended. Safe for all threads. */
public final class SessionRegistry {
    private final Map<Long, LiveSession> live = new ConcurrentHashMap<>();
    private final Map<CloseCause, LongAdder> ended;
    private final LongAdder failovers = new LongAdder();
    private final LongAdder uplink = new LongAdder();
    private final LongAdder downlink = new LongAdder();

    public SessionRegistry() {
        Map<CloseCause, LongAdder> counters = new EnumMap<>(CloseCause.class);
        for (CloseCause cause : CloseCause.values()) {
            counters.put(cause, new LongAdder());
        }
        this.ended = Collections.unmodifiableMap(counters);
    }

    void add(LiveSession session) {
        live.put(session.descriptor().id(), session);
    }

    void remove(LiveSession session, CloseCause cause, long uplinkBytes, long downlinkBytes) {
        if (live.remove(session.descriptor().id()) != null) {
            count(cause);
            uplink.add(uplinkBytes);
            downlink.add(downlinkBytes);
        }
    }

    /** Counts a session for which another egress is asked. */
    void countFailover() {
        failovers.increment();
    }

    /** How often another egress was asked because one had failed. */
    public long failovers() {
        return failovers.sum();
    }

    /** Counts a client that never became a session. */
    public void count(CloseCause cause) {
        LongAdder counter = ended.get(cause);
        if (counter != null) {
            counter.increment();
        }
    }

    /**
     * Ends the sessions of users.
     *
     * @param users a set by identity, of the instances that the sessions hold
     */
    public void close(Set<UserRef> users, CloseCause cause) {
        if (users.isEmpty()) {
            return;
        }
        for (LiveSession session : live.values()) {
            UserRef user = session.descriptor().user();
            if (user != null && users.contains(user)) {
                session.close(cause);
            }
        }
    }

    /** Ends every session. */
    public void closeAll(CloseCause cause) {
        live.values().forEach(session -> session.close(cause));
    }

    /** Ends every session, by a reset, once no payload has moved in it for a time. */
    public void endWhenIdle(long nanos, CloseCause cause) {
        live.values().forEach(session -> session.endWhenIdle(nanos, cause));
    }

    /** The live session of an id, or null where there is none. */
    public @Nullable LiveSession session(long id) {
        return live.get(id);
    }

    /** The sessions that live, in no order; a view. */
    public Collection<LiveSession> sessions() {
        return Collections.unmodifiableCollection(live.values());
    }

    public int size() {
        return live.size();
    }

    /** Sessions and handshakes that ended for a cause since the start. */
    public long ended(CloseCause cause) {
        LongAdder counter = ended.get(cause);
        return counter == null ? 0 : counter.sum();
    }

    /** Payload bytes from clients, of sessions that have ended. */
    public long endedUplinkBytes() {
        return uplink.sum();
    }

    /** Payload bytes to clients, of sessions that have ended. */
    public long endedDownlinkBytes() {
        return downlink.sum();
    }
}
