package io.culvert.egress.dial;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.raw.Sockets;
import io.netty.channel.EventLoop;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Names to addresses with the system's servers and hosts file, never blocking; one resolver and cache per event loop. */
public final class Names implements AutoCloseable {
    /** How long one question to one server may take (peers section 2, DNS). */
    private static final long QUERY_MILLIS = 4_000;

    /**
     * Answers that may not be kept are kept for a moment all the same: the two families of a name come one after the other, and
     * without it the first would be forgotten when the second arrives, which for a moment would be taken for all there is.
     */
    private static final int LEAST_CACHED_SECONDS = 1;

    private static final int MOST_CACHED_SECONDS = 600;

    private final DnsServerAddressStreamProvider servers;
    private final Map<EventLoop, DnsNameResolver> resolvers = new ConcurrentHashMap<>();

    /** Asks the system's servers. */
    public Names() {
        this(DnsServerAddressStreamProviders.platformDefault());
    }

    /** @param servers whom to ask */
    Names(DnsServerAddressStreamProvider servers) {
        this.servers = servers;
    }

    /** All addresses of a name; fails with {@link SessionFailure}. Completes on the loop. */
    public Future<List<InetAddress>> resolve(String name, EventLoop loop) {
        Promise<List<InetAddress>> result = loop.newPromise();
        resolvers.computeIfAbsent(loop, this::build).resolveAll(name).addListener((Future<List<InetAddress>> found) -> {
            if (found.isSuccess()) {
                result.trySuccess(found.getNow());
            } else {
                result.tryFailure(new SessionFailure(CloseCause.NAME_NOT_FOUND, "no address for " + name));
            }
        });
        return result;
    }

    private DnsNameResolver build(EventLoop loop) {
        return new DnsNameResolverBuilder(loop)
                .datagramChannelType(Sockets.datagramType(loop))
                .socketChannelType(Sockets.streamType(loop))
                .nameServerProvider(servers)
                .queryTimeoutMillis(QUERY_MILLIS)
                .ttl(LEAST_CACHED_SECONDS, MOST_CACHED_SECONDS)
                .build();
    }

    @Override
    public void close() {
        resolvers.values().forEach(DnsNameResolver::close);
        resolvers.clear();
    }
}
