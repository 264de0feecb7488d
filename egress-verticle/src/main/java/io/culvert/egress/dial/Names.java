package io.culvert.egress.dial;

import io.culvert.transport.raw.Sockets;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names to addresses with the system's servers and hosts file, never blocking; one resolver and cache per event loop. Both files
 * are followed: a laptop in another network or a VPN that comes up changes the servers while this runs.
 */
public final class Names implements AutoCloseable {
    /** How long one question to one server may take (peers section 2, DNS). */
    static final long QUERY_MILLIS = 4_000;

    /** The files are looked at when a name is asked for, and the last look is so long ago. */
    static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** How long questions of before a change may go on: every server of a list, for both families. */
    private static final long OLD_QUESTIONS_MILLIS = 60_000;

    /**
     * Answers that may not be kept are kept for a moment all the same: the two families of a name come one after the other, and
     * without it the first would be forgotten when the second arrives, which for a moment would be taken for all there is.
     */
    private static final int LEAST_CACHED_SECONDS = 1;

    private static final int MOST_CACHED_SECONDS = 600;

    private static final Logger LOG = LoggerFactory.getLogger(Names.class);

    private final Source files;
    private final long queryMillis;
    private final long lookNanos;
    private final AtomicLong lookedAt = new AtomicLong(System.nanoTime());
    private volatile Known known;

    /** Asks the system's servers. Reads its files. */
    public Names() {
        this(new ResolverFiles(), QUERY_MILLIS, LOOK_NANOS);
    }

    /** What a system says of names, and may say otherwise later. */
    interface Source {
        /** Equal to an earlier one as long as nothing has changed. */
        List<Object> stamp();

        /** What it says now; blocks. */
        ResolverFiles.Content read();
    }

    /**
     * With another source and pace.
     *
     * @param files what is read and followed
     */
    Names(Source files, long queryMillis, long lookNanos) {
        this.files = files;
        this.queryMillis = queryMillis;
        this.lookNanos = lookNanos;
        this.known = new Known(files.stamp(), files.read());
    }

    /** What the files were at a time, and the resolvers and caches of that time. */
    private record Known(List<Object> stamp, ResolverFiles.Content content, Map<EventLoop, OfLoop> resolvers) {
        Known(List<Object> stamp, ResolverFiles.Content content) {
            this(stamp, content, new ConcurrentHashMap<>());
        }
    }

    private record OfLoop(DnsNameResolver resolver, AnswerCodes codes) {}

    private OfLoop build(EventLoop loop, ResolverFiles.Content content) {
        AnswerCodes codes = new AnswerCodes();
        DnsNameResolver resolver = new DnsNameResolverBuilder(loop)
                .datagramChannelType(Sockets.datagramType(loop))
                .socketChannelType(Sockets.streamType(loop))
                .nameServerProvider(content.servers())
                .searchDomains(content.search())
                .ndots(content.ndots())
                .hostsFileEntriesResolver((_, _) -> null) // looked at before
                .dnsQueryLifecycleObserverFactory(codes)
                .queryTimeoutMillis(queryMillis)
                .ttl(LEAST_CACHED_SECONDS, MOST_CACHED_SECONDS)
                .build();
        return new OfLoop(resolver, codes);
    }

    /**
     * All addresses of a name; fails with {@link io.culvert.model.SessionFailure}, whose text has the resolver's reason. Completes
     * on the loop.
     */
    public Future<List<InetAddress>> resolve(String name, EventLoop loop) {
        Promise<List<InetAddress>> result = loop.newPromise();
        long last = lookedAt.get();
        long now = System.nanoTime();
        if (now - last < lookNanos || !lookedAt.compareAndSet(last, now)) {
            resolve(name, loop, result);
            return result;
        }
        ForkJoinPool.commonPool().execute(() -> {
            look();
            try {
                loop.execute(() -> resolve(name, loop, result));
            } catch (RejectedExecutionException _) {
                // The node stops, and nobody asks any more.
            }
        });
        return result;
    }

    private void resolve(String name, EventLoop loop, Promise<List<InetAddress>> result) {
        Known now = known;
        List<InetAddress> inHosts = now.content.inHosts(name);
        if (!inHosts.isEmpty()) {
            result.trySuccess(inHosts);
            return;
        }
        OfLoop own = now.resolvers.computeIfAbsent(loop, of -> build(of, now.content));
        own.resolver.resolveAll(name).addListener((Future<List<InetAddress>> found) -> {
            DnsResponseCode answered = own.codes.take(name);
            if (found.isSuccess()) {
                result.trySuccess(found.getNow());
            } else {
                result.tryFailure(NameFault.of(name, found.cause(), answered));
            }
        });
    }

    /** Takes the files as they are now; blocks. One thread at a time. */
    private void look() {
        Known before = known;
        List<Object> stamp = files.stamp();
        if (stamp.equals(before.stamp)) {
            return;
        }
        known = new Known(stamp, files.read());
        LOG.info("the system's name servers or hosts file have changed and are in use");
        before.resolvers.forEach((loop, old) -> {
            try {
                loop.schedule(old.resolver::close, OLD_QUESTIONS_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException _) {
                old.resolver.close();
            }
        });
    }

    @Override
    public void close() {
        known.resolvers.values().forEach(own -> own.resolver.close());
        known.resolvers.clear();
    }
}
