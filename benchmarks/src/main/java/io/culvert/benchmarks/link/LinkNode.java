package io.culvert.benchmarks.link;

import io.culvert.bus.TicketDesk;
import io.culvert.bus.TicketKey;
import io.culvert.bus.TicketNonces;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.LinkGrant;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.model.TargetOrigin;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.link.LinkSecurity;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.relay.RelayPump;
import io.culvert.transport.tls.MutualTls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One of the two processes: raw TCP in, the link, raw TCP out. The ingress makes the tickets that a router would, the egress
 * checks them. Runs until it is killed.
 */
public final class LinkNode {
    private static final String INGRESS = "edge.00000000";
    private static final String EGRESS = "exit.00000000";
    private static final int BACKLOG = 4_096;
    private static final SessionPolicy POLICY =
            new SessionPolicy(3_600_000, 10_000, 10_000, SessionPolicy.DEFAULT_BUFFER_BYTES);

    private LinkNode() {}

    /**
     * Runs.
     *
     * @param args {@code egress CANDIDATE SECRETS LINK-PORT LOOPS} or {@code ingress CANDIDATE SECRETS LINK-PORT LOOPS PORT}; the
     *     byte stream of a session on {@code PORT + i} goes to the port that follows as argument {@code i}
     */
    public static void main(String[] args) throws Exception {
        Candidate candidate = Candidate.valueOf(args[1]);
        Path secrets = Path.of(args[2]);
        InetSocketAddress link = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[3]));
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(Integer.parseInt(args[4]), EpollIoHandler.newFactory());
        TicketKey key = TicketKey.of(new byte[TicketKey.CLUSTER_KEY_BYTES]);
        if (args[0].equals("egress")) {
            TicketDesk desk = new TicketDesk(key, EGRESS, System::currentTimeMillis);
            candidate.serve(contexts(secrets, "exit"), desk, LinkNode::dial, link, loops);
        } else {
            Outbound outbound = candidate.client(contexts(secrets, "edge"), loops, link);
            int port = Integer.parseInt(args[5]);
            for (int i = 6; i < args.length; i++) {
                new Entrance(outbound, key, link, Integer.parseInt(args[i])).listen(port + i - 6, loops);
            }
        }
    }

    private static MutualTls contexts(Path secrets, String name) throws Exception {
        return LinkSecurity.read(
                        secrets.resolve("ca.pem"), secrets.resolve(name + ".pem"), secrets.resolve(name + ".key"))
                .contexts();
    }

    /** What an egress does, without its outbounds and its guard. */
    private static Future<Channel> dial(DialOrder order, EventLoop loop) {
        Promise<Channel> opened = loop.newPromise();
        InetSocketAddress target = new InetSocketAddress(
                InetAddress.getLoopbackAddress(), order.target().port());
        ChannelFuture dialled = Sockets.connect(loop, target, null);
        dialled.addListener(done -> {
            if (done.isSuccess()) {
                opened.setSuccess(dialled.channel());
            } else {
                opened.setFailure(new SessionFailure(CloseCause.DIAL_REFUSED, "connection refused"));
            }
        });
        return opened;
    }

    /** What an ingress does, without its protocols and its router. */
    private record Entrance(
            Outbound outbound, TicketKey key, InetSocketAddress link, int target, AtomicLong ids, TicketNonces nonces) {
        Entrance(Outbound outbound, TicketKey key, InetSocketAddress link, int target) {
            this(outbound, key, link, target, new AtomicLong(), new TicketNonces(new SecureRandom()));
        }

        void listen(int port, EventLoopGroup loops) {
            new ServerBootstrap()
                    .group(loops)
                    .channel(EpollServerSocketChannel.class)
                    .option(ChannelOption.SO_BACKLOG, BACKLOG)
                    .childOption(ChannelOption.AUTO_READ, false)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel client) {
                            Channels.prepare(client);
                            client.eventLoop().execute(() -> open(client));
                        }
                    })
                    .bind(InetAddress.getLoopbackAddress(), port)
                    .syncUninterruptibly();
        }

        private void open(Channel client) {
            Destination to = Destination.tcp(new Address.Ip(InetAddress.getLoopbackAddress()), target);
            SessionDescriptor session = new SessionDescriptor(
                    ids.incrementAndGet(),
                    INGRESS,
                    "in",
                    (InetSocketAddress) client.remoteAddress(),
                    to,
                    TargetOrigin.CLIENT,
                    null,
                    null);
            LinkGrant grant = new LinkGrant(
                    link, key.mint(session, EGRESS, "direct", to, null, System.currentTimeMillis(), nonces));
            outbound.open(new DialOrder(session, EGRESS, "direct", to, POLICY, grant, null), client.eventLoop())
                    .addListener((Future<Channel> opened) -> {
                        if (opened.isSuccess()) {
                            RelayPump.prepare(client, opened.getNow(), to.network(), POLICY, (_, _, _) -> {})
                                    .start();
                        } else {
                            client.close();
                        }
                    });
        }
    }
}
