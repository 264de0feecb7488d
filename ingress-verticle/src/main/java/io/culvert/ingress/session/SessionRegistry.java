package io.culvert.ingress.session;

import io.culvert.model.CloseCause;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

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
