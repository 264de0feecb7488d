package io.culvert.transport.kcp;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * The sessions of a socket whose peers have not shown that they are where their packets seem to come from (reliability 2c.19):
 * bounded, all together and for each address. When all places are taken the oldest goes: who is really there stays only for a
 * round trip.
 */
final class HalfOpenSessions {
    /** Of one address; behind one there may be many clients, who take turns. */
    static final int MOST_OF_ADDRESS = 8;

    private final int most;
    private final LongAdder overLimit;
    private final LinkedHashMap<KcpChannel, InetAddress> waiting = new LinkedHashMap<>();
    private final Map<InetAddress, Integer> byAddress = new HashMap<>();

    /**
     * Places for a socket's sessions.
     *
     * @param most of all addresses together
     * @param overLimit counts those that found no place, or lost theirs
     */
    HalfOpenSessions(int most, LongAdder overLimit) {
        this.most = most;
        this.overLimit = overLimit;
    }

    /** Whether one more may come from an address; makes room for it. */
    boolean mayEnter(InetAddress source) {
        if (byAddress.getOrDefault(source, 0) >= MOST_OF_ADDRESS) {
            overLimit.increment();
            return false;
        }
        if (waiting.size() >= most) {
            overLimit.increment();
            Iterator<KcpChannel> oldest = waiting.keySet().iterator();
            oldest.next().terminate();
        }
        return true;
    }

    void entered(KcpChannel session, InetAddress source) {
        waiting.put(session, source);
        byAddress.merge(source, 1, Integer::sum);
    }

    /** A session is confirmed or gone. */
    void left(KcpChannel session) {
        if (waiting.isEmpty()) {
            return;
        }
        InetAddress source = waiting.remove(session);
        if (source != null) {
            byAddress.computeIfPresent(source, (_, count) -> count == 1 ? null : count - 1);
        }
    }
}
