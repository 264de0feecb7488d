package io.culvert.egress.outbound;

import io.culvert.egress.dial.Retry;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers of a proxy outbound, taken in turn; safe for all threads. A try that fails before the server has taken the request,
 * for whatever reason, is followed by a try at the next one. Nothing of the client has left until a try succeeds.
 *
 * @param <S> a server
 */
final class Servers<S> {
    private static final Logger LOG = LoggerFactory.getLogger(Servers.class);

    private final List<S> servers;
    private final List<String> names;
    private final FaultNotices notices;
    private final AtomicInteger next = new AtomicInteger();

    /** @param name what a log calls a server, as {@link #name} writes it */
    Servers(List<S> servers, Function<S, String> name) {
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("an outbound needs a server");
        }
        this.servers = List.copyOf(servers);
        this.names = servers.stream().map(name).toList();
        this.notices = new FaultNotices(names, System::nanoTime);
    }

    /** {@code proxy.example.org:443}. */
    static String name(Address address, int port) {
        return address.hostText() + ":" + port;
    }

    /** One try at one server. */
    interface Attempt<S> {
        /** @return fails with {@link SessionFailure}, as long as nothing has been sent for the client */
        Future<Channel> at(S server);
    }

    /**
     * Opens a stream at the server whose turn it is, or at one after it. Called on the loop; completes on it.
     *
     * @param stepMillis by how much the pauses between tries grow
     * @return fails with {@link SessionFailure}: the last cause, and what was wrong with each server
     */
    Future<Channel> open(DialOrder order, EventLoop loop, long stepMillis, Attempt<S> attempt) {
        Promise<Channel> result = loop.newPromise();
        Search search = new Search(attempt);
        Retry.run(loop, stepMillis, search).addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                String server = names.get(search.at);
                search.sayMended(order, server);
                LOG.info("[{}] tunneling request to {} via {}", order.outboundTag(), order.target(), server);
                Channels.cameBy(done.getNow(), server);
                if (!result.trySuccess(done.getNow())) {
                    done.getNow().close();
                }
            } else {
                result.tryFailure(search.failure(order, done.cause()));
            }
        });
        return result;
    }

    /** The tries of one session. It walks the servers by itself, so that others in between do not lead it to the same one again. */
    private final class Search implements Retry.Attempt {
        private final Attempt<S> attempt;
        private final boolean[] refused = new boolean[servers.size()];
        /** The latest of each server, in the order of the tries. */
        private final Map<String, String> faults = new LinkedHashMap<>();

        private int at = Math.floorMod(next.getAndIncrement(), servers.size());
        private int left = servers.size();

        Search(Attempt<S> attempt) {
            this.attempt = attempt;
        }

        @Override
        public Future<Channel> begin() {
            while (refused[at]) {
                at = (at + 1) % servers.size();
            }
            return attempt.at(servers.get(at));
        }

        @Override
        public boolean mayMend(Throwable fault) {
            if (!(fault instanceof SessionFailure failure)) {
                return false;
            }
            faults.put(names.get(at), String.valueOf(failure.getMessage()));
            if (failure.isRefusal() || failure.closeCause() == CloseCause.ADDRESS_FORBIDDEN) {
                refused[at] = true;
                left--;
            }
            at = (at + 1) % servers.size();
            return left > 0;
        }

        void sayMended(DialOrder order, String by) {
            faults.forEach((server, fault) -> {
                if (!server.equals(by) && notices.isDue(server)) {
                    LOG.warn("[{}] {}: {}; {} takes its place", order.outboundTag(), server, fault, by);
                }
            });
        }

        Throwable failure(DialOrder order, Throwable last) {
            if (!(last instanceof SessionFailure failure)) {
                return last;
            }
            StringJoiner why = new StringJoiner("; ", "failed to find an available destination: ", "");
            faults.forEach((server, fault) -> why.add(server + ": " + fault));
            LOG.warn("[{}] {}: {}", order.outboundTag(), order.target(), why);
            return new SessionFailure(failure.closeCause(), why.toString());
        }
    }

    /** Any one of several users. */
    static <U> U anyOf(List<U> users) {
        return users.get(users.size() == 1 ? 0 : ThreadLocalRandom.current().nextInt(users.size()));
    }
}
