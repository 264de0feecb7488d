package io.culvert.transport.raw;

import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.transport.channel.KeepAlive;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/** What {@code sockopt} asks of a socket (wire-formats section 14.7). Immutable. Linux only, as in V2Ray. */
public final class SocketOptions {
    public static final SocketOptions NONE = new SocketOptions(SockoptConfig.DEFAULT);

    private static final int SOL_SOCKET = 1;
    private static final int SOL_TCP = 6;
    private static final ChannelOption<Integer> SO_MARK = new IntegerUnixChannelOption("SO_MARK", SOL_SOCKET, 36);
    private static final int SOL_IPV6 = 41;
    private static final ChannelOption<Integer> IPV6_RECVORIGDSTADDR =
            new IntegerUnixChannelOption("IPV6_RECVORIGDSTADDR", SOL_IPV6, 74);
    private static final ChannelOption<Integer> FASTOPEN = new IntegerUnixChannelOption("TCP_FASTOPEN", SOL_TCP, 23);
    private static final ChannelOption<Integer> FASTOPEN_CONNECT =
            new IntegerUnixChannelOption("TCP_FASTOPEN_CONNECT", SOL_TCP, 30);

    /** EPERM: Netty's native code hands over the system's words only. */
    private static final String NOT_PERMITTED = "Operation not permitted";

    private final SockoptConfig config;

    public SocketOptions(SockoptConfig config) {
        this.config = config;
    }

    /** Whether a socket is left as the system makes it. */
    public boolean isNone() {
        return config.mark() == 0
                && config.tcpFastOpen() == SockoptConfig.UNSET
                && config.transparent() != TransparentMode.TPROXY
                && config.tcpKeepAliveIdleSeconds() == 0
                && config.tcpKeepAliveIntervalSeconds() == 0;
    }

    /**
     * Before a TCP socket is bound to listen; connections inherit what concerns them.
     *
     * @throws ChannelException where the system refuses
     */
    public void applyToListener(Channel listener) {
        mark(listener);
        if (config.tcpFastOpen() != SockoptConfig.UNSET) {
            set(listener, FASTOPEN, config.tcpFastOpen());
        }
        KeepAlive.inherited(listener);
        keepAlive(listener);
    }

    /**
     * Before a TCP socket connects.
     *
     * @throws ChannelException where the system refuses
     */
    public void applyToDial(Channel socket) {
        mark(socket);
        if (config.tcpFastOpen() != SockoptConfig.UNSET) {
            set(socket, FASTOPEN_CONNECT, config.tcpFastOpen() == 0 ? 0 : 1);
        }
        if (config.tcpKeepAliveIdleSeconds() != 0 || config.tcpKeepAliveIntervalSeconds() != 0) {
            KeepAlive.probe(socket);
            keepAlive(socket);
        }
    }

    /**
     * Before a UDP socket is bound or connects.
     *
     * @throws ChannelException where the system refuses
     */
    public void applyToDatagrams(Channel socket) {
        mark(socket);
    }

    /**
     * Before a UDP socket is bound that listens.
     *
     * @param local what it is going to be bound to
     * @param destinations whether it is to hear where clients meant to send before the firewall led their datagrams to it
     * @throws ChannelException where the system refuses
     */
    public void applyToDatagramListener(Channel socket, InetSocketAddress local, boolean destinations) {
        mark(socket);
        set(socket, ChannelOption.SO_RCVBUF, DatagramReads.LISTENER_BUFFER_BYTES);
        if (destinations) {
            set(socket, EpollChannelOption.IP_RECVORIGDSTADDR, true);
            if (local.getAddress() instanceof Inet6Address && socket instanceof EpollDatagramChannel epoll) {
                set(socket, IPV6_RECVORIGDSTADDR, 1);
                DatagramDestinations.installIn(epoll);
            }
        }
    }

    /**
     * After a UDP socket was bound that listens: sockets that answer in other hosts' names may have its port too. Not before, so
     * that a port that is somebody else's is still refused.
     *
     * @throws ChannelException where the system refuses
     */
    public void sharePort(Channel socket) {
        if (config.transparent() == TransparentMode.TPROXY) {
            set(socket, ChannelOption.SO_REUSEADDR, true);
        }
    }

    /**
     * Before a UDP socket is bound to an address of another host, to answer in its name.
     *
     * @throws ChannelException where the system refuses: it takes CAP_NET_ADMIN
     */
    public void applyToForeignAddress(Channel socket) {
        mark(socket);
        set(socket, EpollChannelOption.IP_TRANSPARENT, true);
        set(socket, ChannelOption.SO_REUSEADDR, true);
        set(socket, UnixChannelOption.SO_REUSEPORT, true);
    }

    private void mark(Channel channel) {
        if (config.mark() != 0) {
            set(channel, SO_MARK, config.mark());
        }
        if (config.transparent() == TransparentMode.TPROXY) {
            set(channel, EpollChannelOption.IP_TRANSPARENT, true);
        }
    }

    private void keepAlive(Channel channel) {
        boolean known;
        try {
            known = KeepAlive.choose(channel, config.tcpKeepAliveIdleSeconds(), config.tcpKeepAliveIntervalSeconds());
        } catch (ChannelException e) {
            throw new ChannelException("socket option tcpKeepAlive: " + e.getMessage(), e);
        }
        if (!known) {
            throw new ChannelException("socket option tcpKeepAlive: needs Linux and Netty's native transport");
        }
    }

    private static String reason(ChannelException refused) {
        String said = String.valueOf(refused.getMessage());
        return said.endsWith(NOT_PERMITTED) ? NOT_PERMITTED + ": it takes the capability CAP_NET_ADMIN, or root" : said;
    }

    private static <T> void set(Channel channel, ChannelOption<T> option, T value) {
        boolean known;
        try {
            known = channel.config().setOption(option, value);
        } catch (ChannelException e) {
            throw new ChannelException("socket option " + option.name() + ": " + reason(e), e);
        }
        if (!known) {
            throw new ChannelException("socket option " + option.name() + ": needs Linux and Netty's native transport");
        }
    }
}
