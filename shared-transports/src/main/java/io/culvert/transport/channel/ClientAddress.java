package io.culvert.transport.channel;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who the client of a channel is. Three say it: the socket, a balancer in its PROXY header, and {@code X-Forwarded-For}, which
 * the client can write itself. {@link #of} believes the last that speaks: that is who is logged and whom rules mean.
 * {@link #peer} does not believe the header of a request: that is whose rights count where they depend on who connects.
 */
public final class ClientAddress {
    private static final AttributeKey<InetSocketAddress> PROXIED = AttributeKey.valueOf(ClientAddress.class, "proxied");
    private static final AttributeKey<InetSocketAddress> FORWARDED =
            AttributeKey.valueOf(ClientAddress.class, "forwarded");
    private static final InetSocketAddress UNNAMED = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private ClientAddress() {}

    /**
     * A PROXY header says who the client of a channel is. That it is on this host is believed only of a peer that is: clients
     * on this host may reach what others may not, and a header is easily made up.
     */
    public static void set(Channel channel, InetSocketAddress source) {
        if (!isOfThisHost(source.getAddress()) || of(channel).getAddress().isLoopbackAddress()) {
            channel.attr(PROXIED).set(source);
        }
    }

    /** The header of a request says who the client of a channel is; that it is on this host is never believed. */
    public static void forwarded(Channel channel, @Nullable InetAddress source) {
        if (source != null && !isOfThisHost(source)) {
            channel.attr(FORWARDED).set(new InetSocketAddress(source, 0));
        }
    }

    private static boolean isOfThisHost(InetAddress said) {
        return said.isLoopbackAddress() || said.isAnyLocalAddress();
    }

    /** Who the client of a channel is: what was said of it or of a channel that it is in, else the remote address. */
    public static InetSocketAddress of(Channel channel) {
        InetSocketAddress forwarded = said(FORWARDED, channel);
        return forwarded == null ? peer(channel) : forwarded;
    }

    /** The same, but for what the header of a request says. */
    public static InetSocketAddress peer(Channel channel) {
        InetSocketAddress proxied = said(PROXIED, channel);
        if (proxied != null) {
            return proxied;
        }
        // A unix socket's peer has no address; it is on this host.
        return channel.remoteAddress() instanceof InetSocketAddress remote ? remote : UNNAMED;
    }

    private static @Nullable InetSocketAddress said(AttributeKey<InetSocketAddress> by, Channel channel) {
        for (Channel at = channel; at != null; at = at.parent()) {
            InetSocketAddress said = at.attr(by).get();
            if (said != null) {
                return said;
            }
        }
        return null;
    }
}
