package io.culvert.egress.dial;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.raw.DialFault;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Connects to the first of several addresses that answers, as RFC 8305 has it: families in turn, the next after a pause. */
final class HappyEyeballs {
    /** How long an attempt has before the next address is tried beside it. */
    static final long NEXT_AFTER_MILLIS = 250;

    private final EventLoop loop;
    private final int port;
    private final @Nullable InetAddress local;
    private final SocketOptions options;
    private final Promise<Channel> result;
    private final Deque<InetAddress> waiting;
    private final List<ChannelFuture> running = new ArrayList<>();
    private @Nullable Future<?> pause;
    private @Nullable Throwable lastFault;
    /** Of every address that was tried. */
    private final List<String> faults = new ArrayList<>(1);

    private HappyEyeballs(
            EventLoop loop, List<InetAddress> addresses, int port, @Nullable InetAddress local, SocketOptions options) {
        this.loop = loop;
        this.port = port;
        this.local = local;
        this.options = options;
        this.result = loop.newPromise();
        this.waiting = inTurn(addresses);
    }

    /**
     * Connects.
     *
     * @param addresses at least one
     * @return the channel; fails with {@link SessionFailure}
     */
    static Future<Channel> connect(
            EventLoop loop, List<InetAddress> addresses, int port, @Nullable InetAddress local, SocketOptions options) {
        HappyEyeballs race = new HappyEyeballs(loop, addresses, port, local, options);
        race.next();
        return race.result;
    }

    /** IPv6 first, then the families in turn. */
    private static Deque<InetAddress> inTurn(List<InetAddress> addresses) {
        Deque<InetAddress> six = new ArrayDeque<>();
        Deque<InetAddress> four = new ArrayDeque<>();
        for (InetAddress address : addresses) {
            (address instanceof Inet6Address ? six : four).add(address);
        }
        Deque<InetAddress> mixed = new ArrayDeque<>();
        while (!six.isEmpty() || !four.isEmpty()) {
            if (!six.isEmpty()) {
                mixed.add(six.remove());
            }
            if (!four.isEmpty()) {
                mixed.add(four.remove());
            }
        }
        return mixed;
    }

    private void next() {
        if (pause != null) {
            pause.cancel(false);
            pause = null;
        }
        InetAddress address = waiting.poll();
        if (address == null) {
            if (running.isEmpty()) {
                result.tryFailure(failure());
            }
            return;
        }
        ChannelFuture attempt = Sockets.connect(loop, new InetSocketAddress(address, port), local, options);
        running.add(attempt);
        attempt.addListener(done -> ended(attempt, address));
        // An attempt that failed at once has gone on to the next address by itself.
        if (!result.isDone() && !waiting.isEmpty() && pause == null) {
            pause = loop.schedule(this::next, NEXT_AFTER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void ended(ChannelFuture attempt, InetAddress address) {
        running.remove(attempt);
        if (!attempt.isSuccess()) {
            lastFault = attempt.cause();
            faults.add(DialFault.text(new InetSocketAddress(address, port), attempt.cause()));
            if (!result.isDone()) {
                next();
            }
            return;
        }
        if (!result.trySuccess(attempt.channel())) {
            attempt.channel().close();
            return;
        }
        if (pause != null) {
            pause.cancel(false);
        }
        waiting.clear();
        for (ChannelFuture loser : List.copyOf(running)) {
            loser.channel().close();
        }
    }

    private SessionFailure failure() {
        return new SessionFailure(
                lastFault == null ? CloseCause.DIAL_UNREACHABLE : DialFault.causeOf(lastFault),
                faults.isEmpty() ? "no address" : String.join("; ", faults));
    }
}
