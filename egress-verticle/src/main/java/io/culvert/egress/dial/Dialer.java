package io.culvert.egress.dial;

import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.raw.DialFault;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.raw.UdpPeerHandler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Opens sockets to destinations: resolves once, lets the guard judge what is dialled, races the addresses that are left. */
public final class Dialer {
    private final Names names;
    private final AddressGuard guard;
    private final SocketOptions options;

    public Dialer(Names names, AddressGuard guard) {
        this(names, guard, SocketOptions.NONE);
    }

    private Dialer(Names names, AddressGuard guard, SocketOptions options) {
        this.names = names;
        this.guard = guard;
        this.options = options;
    }

    /** The same for an outbound whose sockets have options. */
    public Dialer with(SocketOptions ofOutbound) {
        return new Dialer(names, guard, ofOutbound);
    }

    /**
     * What is to be dialled.
     *
     * @param judged whether the guard applies
     * @param local the address to dial from, or null
     */
    public record Target(
            Address address,
            int port,
            DomainStrategy strategy,
            boolean judged,
            @Nullable InetAddress local) {}

    /** The options of the sockets that it opens. */
    SocketOptions options() {
        return options;
    }

    public AddressGuard guard() {
        return guard;
    }

    /** Connects a TCP socket; fails with {@link SessionFailure}. The channel's {@code autoRead} is off. */
    public Future<Channel> connect(Target target, EventLoop loop) {
        return withAddresses(
                target, loop, usable -> HappyEyeballs.connect(loop, usable, target.port(), target.local(), options));
    }

    /** Opens a UDP socket to one peer; fails with {@link SessionFailure}. The channel's {@code autoRead} is off. */
    public Future<Channel> connectUdp(Target target, EventLoop loop) {
        return withAddresses(target, loop, usable -> openUdp(target, Families.inTurn(usable), loop));
    }

    /**
     * The address of a server that speaks over UDP (mKCP, QUIC), of a family that this host has a route for; fails with
     * {@link SessionFailure}.
     */
    public Future<InetSocketAddress> resolve(Target target, EventLoop loop) {
        return switch (target.address()) {
            case Address.Ip(InetAddress ip) -> loop.newSucceededFuture(new InetSocketAddress(ip, target.port()));
            case Address.Domain domain -> {
                Promise<InetSocketAddress> result = loop.newPromise();
                names.resolve(domain.name(), loop).addListener((Future<List<InetAddress>> found) -> {
                    if (found.isSuccess()) {
                        routed(target, found.getNow(), loop, result);
                    } else {
                        result.tryFailure(found.cause());
                    }
                });
                yield result;
            }
        };
    }

    private void routed(Target target, List<InetAddress> found, EventLoop loop, Promise<InetSocketAddress> result) {
        List<InetAddress> turn = Families.inTurn(Families.reachableFrom(target.local(), found));
        if (turn.size() == 1) {
            result.trySuccess(new InetSocketAddress(turn.getFirst(), target.port()));
            return;
        }
        // A socket sends nothing by being connected, and finds out whether there is a route.
        openUdp(target, turn, loop).addListener((Future<Channel> opened) -> {
            if (opened.isSuccess()) {
                result.trySuccess((InetSocketAddress) opened.getNow().remoteAddress());
                opened.getNow().close();
            } else {
                result.tryFailure(opened.cause());
            }
        });
    }

    /** A UDP socket to the first of several addresses that the system has a route for. */
    private Future<Channel> openUdp(Target target, List<InetAddress> addresses, EventLoop loop) {
        Promise<Channel> result = loop.newPromise();
        if (addresses.isEmpty()) {
            result.tryFailure(notFrom(target));
        } else {
            openUdp(target, addresses, 0, loop, result);
        }
        return result;
    }

    private void openUdp(
            Target target, List<InetAddress> addresses, int index, EventLoop loop, Promise<Channel> result) {
        InetSocketAddress peer = new InetSocketAddress(addresses.get(index), target.port());
        ChannelFuture opened =
                Sockets.connectUdp(loop, peer, target.local(), options, UdpPeerHandler.initializer(peer));
        opened.addListener(done -> {
            if (done.isSuccess()) {
                result.trySuccess(opened.channel());
            } else if (index + 1 < addresses.size()) {
                openUdp(target, addresses, index + 1, loop, result);
            } else {
                result.tryFailure(DialFault.of(peer, done.cause()));
            }
        });
    }

    private static SessionFailure notFrom(Target target) {
        return new SessionFailure(
                CloseCause.DIAL_UNREACHABLE,
                "no address of the family of " + target.local() + ", which it is sent through");
    }

    private interface Open {
        Future<Channel> with(List<InetAddress> addresses);
    }

    private Future<Channel> withAddresses(Target target, EventLoop loop, Open open) {
        if (target.port() == 0) {
            return loop.newFailedFuture(new SessionFailure(CloseCause.DIAL_UNREACHABLE, "port 0"));
        }
        return switch (target.address()) {
            case Address.Ip(InetAddress ip) -> judged(target, List.of(ip), DomainStrategy.AS_IS, loop, open);
            case Address.Domain domain -> {
                Promise<Channel> result = loop.newPromise();
                names.resolve(domain.name(), loop).addListener((Future<List<InetAddress>> found) -> {
                    if (!found.isSuccess()) {
                        result.tryFailure(found.cause());
                        return;
                    }
                    judged(target, found.getNow(), target.strategy(), loop, open)
                            .addListener((Future<Channel> opened) -> pass(opened, result));
                });
                yield result;
            }
        };
    }

    private Future<Channel> judged(
            Target target, List<InetAddress> found, DomainStrategy strategy, EventLoop loop, Open open) {
        List<InetAddress> possible = Families.reachableFrom(target.local(), found);
        if (possible.isEmpty()) {
            return loop.newFailedFuture(notFrom(target));
        }
        List<InetAddress> addresses = ofFamily(possible, strategy);
        if (addresses.isEmpty()) {
            return loop.newFailedFuture(
                    new SessionFailure(CloseCause.NAME_NOT_FOUND, "no address of the family that is asked for"));
        }
        List<InetAddress> usable = new ArrayList<>(addresses.size());
        for (InetAddress address : addresses) {
            if (guard.permits(new InetSocketAddress(address, target.port()), target.judged())) {
                usable.add(address);
            }
        }
        if (usable.isEmpty()) {
            return loop.newFailedFuture(new SessionFailure(
                    CloseCause.ADDRESS_FORBIDDEN,
                    target.judged()
                            ? "private, local and special addresses are not dialled for clients"
                            : "what the nodes listen on for each other and for their operator is not dialled"));
        }
        return open.with(strategy == DomainStrategy.AS_IS ? usable : oneOf(usable));
    }

    /**
     * AsIs races all addresses, as the system's own connect would; UseIP picks one at random of the family (section 18.3), of
     * those that the guard permits.
     */
    private static List<InetAddress> ofFamily(List<InetAddress> found, DomainStrategy strategy) {
        return switch (strategy) {
            case AS_IS, USE_IP -> found;
            case USE_IPV4 ->
                found.stream().filter(Inet4Address.class::isInstance).toList();
            case USE_IPV6 ->
                found.stream().filter(Inet6Address.class::isInstance).toList();
        };
    }

    private static List<InetAddress> oneOf(List<InetAddress> addresses) {
        return addresses.size() < 2
                ? addresses
                : List.of(addresses.get(ThreadLocalRandom.current().nextInt(addresses.size())));
    }

    private static void pass(Future<Channel> from, Promise<Channel> to) {
        if (!from.isSuccess()) {
            to.tryFailure(from.cause());
        } else if (!to.trySuccess(from.getNow())) {
            from.getNow().close();
        }
    }
}
