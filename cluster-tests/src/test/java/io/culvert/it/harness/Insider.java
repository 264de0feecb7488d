package io.culvert.it.harness;

import io.culvert.bus.TicketKey;
import io.culvert.bus.TicketNonces;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.LinkGrant;
import io.culvert.model.Network;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.model.TargetOrigin;
import io.culvert.model.Ticket;
import io.culvert.transport.link.LinkClient;
import io.culvert.transport.link.LinkSecurity;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Somebody who holds a certificate of the farm, and sends an egress orders that no router has given. */
public final class Insider implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(20);

    private final String node;
    private final SecureRandom random = new SecureRandom();
    private final TicketNonces nonces = new TicketNonces(random);
    private final EventLoopGroup loops;
    private final LinkClient link;

    /**
     * @param machine where the connections come from
     * @param node the node that the certificate names, as an id
     * @param folder holds the certificate
     */
    public Insider(Machines.Machine machine, String node, Path folder) {
        this.node = node;
        try {
            link = new LinkClient(
                    LinkSecurity.read(folder.resolve("ca.pem"), folder.resolve("node.pem"), folder.resolve("node.key"))
                            .contexts());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (TlsConfigException e) {
            throw new IllegalStateException(e);
        }
        loops = Inside.of(machine, () -> {
            EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
            // Its thread starts with its first task, and in the namespace of whoever gives it.
            group.submit(() -> {}).sync();
            return group;
        });
    }

    /** A session of this node to a target. */
    public SessionDescriptor session(InetSocketAddress target) {
        return new SessionDescriptor(
                random.nextLong(),
                node,
                "socks",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000),
                destination(target),
                TargetOrigin.CLIENT,
                null,
                null);
    }

    public static Destination destination(InetSocketAddress target) {
        return new Destination(Network.TCP, new Address.Ip(target.getAddress()), target.getPort());
    }

    /** A ticket as a router with that key makes it. */
    public Ticket ticket(TicketKey key, SessionDescriptor session, String egress, String outbound, long nowMillis) {
        return key.mint(session, egress, outbound, session.target(), null, nowMillis, nonces);
    }

    /** Orders a session; null where it was opened (and is closed again), else why not. */
    public @Nullable SessionFailure order(
            InetSocketAddress egressLink, String egress, SessionDescriptor session, String outbound, Ticket ticket) {
        DialOrder order = new DialOrder(
                session,
                egress,
                outbound,
                session.target(),
                SessionPolicy.DEFAULT,
                new LinkGrant(egressLink, ticket),
                null);
        try {
            Future<Channel> opened = link.open(order, loops.next());
            if (!opened.await(WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("no answer to " + order);
            }
            if (opened.isSuccess()) {
                opened.getNow().close().sync();
                return null;
            }
            return opened.cause() instanceof SessionFailure failure ? failure : unexpected(opened.cause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static SessionFailure unexpected(Throwable cause) {
        throw new AssertionError(cause);
    }

    @Override
    public void close() {
        link.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
