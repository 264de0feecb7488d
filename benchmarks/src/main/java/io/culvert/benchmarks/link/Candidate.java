package io.culvert.benchmarks.link;

import io.culvert.bus.TicketDesk;
import io.culvert.transport.Outbound;
import io.culvert.transport.link.LinkClient;
import io.culvert.transport.link.LinkServer;
import io.culvert.transport.tls.MutualTls;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;

/** A way to carry sessions between nodes. */
enum Candidate {
    /** Streams on few connections: what Culvert does. */
    STREAMS,
    /** A socket for each session, taken from a pool whose handshakes are done. */
    SOCKETS;

    /** Starts the egress's end. */
    void serve(MutualTls tls, TicketDesk tickets, Outbound egress, InetSocketAddress address, EventLoopGroup loops) {
        switch (this) {
            case STREAMS ->
                new LinkServer(tls, tickets, egress, () -> 1_000_000)
                        .listen(address, loops.next(), loops)
                        .syncUninterruptibly();
            case SOCKETS -> new WarmServer(tls, tickets, egress).listen(address, loops);
        }
    }

    /** Makes the ingress's end. */
    Outbound client(MutualTls tls, EventLoopGroup loops, InetSocketAddress address) {
        return switch (this) {
            case STREAMS -> new LinkClient(tls);
            case SOCKETS -> new WarmSockets(tls, loops, address);
        };
    }
}
