package io.culvert.transport.link;

import io.culvert.transport.channel.Channels;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Connections that have not shown a valid order yet. There are never more than {@link LinkLimits#STRANGERS} of them on an event
 * loop: the oldest goes for the newest, since a node needs milliseconds for what a stranger never does.
 */
final class Strangers {
    private final Map<EventLoop, Set<Channel>> byLoop = new ConcurrentHashMap<>();
    private final LongAdder ended = new LongAdder();

    /** Called on the connection's event loop, as everything here. */
    void add(Channel socket) {
        Set<Channel> own = byLoop.computeIfAbsent(socket.eventLoop(), _ -> new LinkedHashSet<>());
        own.add(socket);
        socket.closeFuture().addListener(_ -> {
            if (own.remove(socket)) {
                ended.increment();
            }
        });
        if (own.size() > LinkLimits.STRANGERS) {
            Channels.abort(own.iterator().next());
        }
    }

    /** It is known now. */
    void remove(Channel socket) {
        Set<Channel> own = byLoop.get(socket.eventLoop());
        if (own != null) {
            own.remove(socket);
        }
    }

    /** Its time is over, unless it is known. */
    void expire(Channel socket) {
        Set<Channel> own = byLoop.get(socket.eventLoop());
        if (own != null && own.contains(socket)) {
            Channels.abort(socket);
        }
    }

    /** Ends all; any thread. */
    void endAll() {
        byLoop.forEach((loop, own) -> loop.execute(() -> List.copyOf(own).forEach(Channels::abort)));
    }

    /** Those that ended as strangers. */
    long ended() {
        return ended.sum();
    }
}
