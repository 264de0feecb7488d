package io.culvert.ingress.listener;

import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The UDP sessions of one listening socket, and who gives way when there are too many: of the source that has the most, the one
 * that has been idle longest, so that a source gets as much as any other that asks. A source is a SOCKS association, or else a
 * {@link ClientSource}. Owned by the socket's event loop.
 */
final class DatagramSessions {
    /** A session's client and destination. */
    record Key(InetSocketAddress client, Destination target) {}

    /** The sessions of one source, the one that has been idle longest first. */
    static final class Source {
        private final Object identity;
        private final LinkedHashSet<DatagramSession> sessions = new LinkedHashSet<>();
        private @Nullable DatagramSession latest;

        private Source(Object identity) {
            this.identity = identity;
        }

        /** A session of this source has moved a datagram. */
        void moved(DatagramSession session) {
            if (!session.equals(latest) && sessions.contains(session)) {
                sessions.addLast(session);
                latest = session;
            }
        }
    }

    private final Map<Key, DatagramSession> byKey = new HashMap<>();
    private final Map<Object, Source> sources = new HashMap<>();
    private final TreeMap<Integer, LinkedHashSet<Source>> bySize = new TreeMap<>();

    @Nullable
    DatagramSession get(Key key) {
        return byKey.get(key);
    }

    int size() {
        return byKey.size();
    }

    boolean isEmpty() {
        return byKey.isEmpty();
    }

    List<DatagramSession> all() {
        return new ArrayList<>(byKey.values());
    }

    /**
     * Where a new session would be counted.
     *
     * @param association the stream that the client holds its SOCKS association by, at whose end its sessions end; or null
     * @param loop the socket's
     */
    Source source(InetSocketAddress client, @Nullable Channel association, EventLoop loop) {
        Object identity = association == null ? ClientSource.of(client.getAddress()) : association;
        Source source = sources.get(identity);
        if (source == null) {
            Source made = new Source(identity);
            sources.put(identity, made);
            if (association != null) {
                association.closeFuture().addListener(_ -> loop.execute(() -> endAll(made)));
            }
            source = made;
        }
        return source;
    }

    /** Forgets a source without sessions; an association is one until its end. */
    void forgetIfIdle(Source source) {
        if (source.sessions.isEmpty() && !(source.identity instanceof Channel)) {
            sources.remove(source.identity, source);
        }
    }

    /**
     * Ends sessions until one more of a source has a place.
     *
     * @param most how many the socket may have
     * @return how many were ended
     */
    int makeRoom(Source source, int most) {
        int ended = 0;
        if (source.identity instanceof Channel
                && source.sessions.size() >= IngressLimits.ASSOCIATION_DATAGRAM_SESSIONS) {
            endLongestIdle(source);
            ended++;
        }
        while (byKey.size() >= most) {
            Source busiest = bySize.lastEntry().getValue().getFirst();
            endLongestIdle(busiest.sessions.size() > source.sessions.size() ? busiest : source);
            ended++;
        }
        return ended;
    }

    private void endLongestIdle(Source source) {
        source.sessions.getFirst().end(CloseCause.LIMIT);
    }

    void add(Key key, Source source, DatagramSession session) {
        byKey.put(key, session);
        // Its last session may just have given way to this one.
        sources.put(source.identity, source);
        int before = source.sessions.size();
        source.sessions.add(session);
        source.latest = session;
        resized(source, before);
    }

    private void endAll(Source source) {
        sources.remove(source.identity, source);
        for (DatagramSession session : List.copyOf(source.sessions)) {
            session.end(CloseCause.COMPLETED);
        }
    }

    void remove(Key key, Source source, DatagramSession session) {
        int before = source.sessions.size();
        if (!byKey.remove(key, session)) {
            return;
        }
        source.sessions.remove(session);
        if (session.equals(source.latest)) {
            source.latest = null;
        }
        resized(source, before);
        forgetIfIdle(source);
    }

    private void resized(Source source, int before) {
        LinkedHashSet<Source> old = bySize.get(before);
        if (old != null && old.remove(source) && old.isEmpty()) {
            bySize.remove(before);
        }
        int now = source.sessions.size();
        if (now > 0) {
            bySize.computeIfAbsent(now, _ -> new LinkedHashSet<>()).add(source);
        }
    }
}
