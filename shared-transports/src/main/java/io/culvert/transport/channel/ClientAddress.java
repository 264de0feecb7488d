package io.culvert.transport.channel;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The client's address where it is not the socket's: from a PROXY header, or from {@code X-Forwarded-For}. */
public final class ClientAddress {
    private static final AttributeKey<InetSocketAddress> KEY = AttributeKey.valueOf(ClientAddress.class, "source");
    private static final InetSocketAddress UNNAMED = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private ClientAddress() {}

    /**
     * Says who the client of a channel is. That it is on this host is believed only of a peer that is: clients on this host
     * may reach what others may not, and a header is easily made up.
     */
    public static void set(Channel channel, InetSocketAddress source) {
        InetAddress said = source.getAddress();
        boolean local = said.isLoopbackAddress() || said.isAnyLocalAddress();
        if (!local || of(channel).getAddress().isLoopbackAddress()) {
            channel.attr(KEY).set(source);
        }
    }

    /** Who the client of a channel is: what was said of it or of a channel that it is in, else the remote address. */
    public static InetSocketAddress of(Channel channel) {
        for (Channel at = channel; at != null; at = at.parent()) {
            InetSocketAddress said = at.attr(KEY).get();
            if (said != null) {
                return said;
            }
        }
        // A unix socket's peer has no address; it is on this host.
        return channel.remoteAddress() instanceof InetSocketAddress remote ? remote : UNNAMED;
    }
}
