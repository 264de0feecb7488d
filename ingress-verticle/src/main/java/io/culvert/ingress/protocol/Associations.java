package io.culvert.ingress.protocol;

import io.culvert.model.UserRef;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The hosts that hold SOCKS UDP associations. Safe for all threads: streams and datagrams are on different event loops. */
final class Associations {
    private record Entry(UserRef user, int streams) {}

    private final Map<InetAddress, Entry> byHost = new ConcurrentHashMap<>();

    /** A host's association begins, and ends with its stream. */
    void open(InetAddress host, UserRef user, Channel stream) {
        byHost.merge(host, new Entry(user, 1), (old, one) -> new Entry(user, old.streams + 1));
        stream.closeFuture()
                .addListener(closed -> byHost.computeIfPresent(
                        host, (key, old) -> old.streams == 1 ? null : new Entry(old.user, old.streams - 1)));
    }

    /** Whose datagrams come from a host, or null where it holds no association. */
    @Nullable
    UserRef userOf(InetAddress host) {
        Entry entry = byHost.get(host);
        return entry == null ? null : entry.user;
    }
}
