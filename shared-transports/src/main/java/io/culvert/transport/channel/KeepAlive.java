package io.culvert.transport.channel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollSocketChannelConfig;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;

/**
 * When the kernel takes a silent peer for gone (reliability section 2e). Set on sockets that epoll drives; others have what the
 * system says. What an inbound's or outbound's {@code sockopt} asks for stays.
 */
public final class KeepAlive {
    /** Silence after which a peer is probed, in seconds; the system's default is two hours. */
    public static final int IDLE_SECONDS = 60;

    /** From one probe to the next, in seconds. */
    public static final int INTERVAL_SECONDS = 15;

    /** Probes without an answer after which the connection is lost: two minutes after the last sign of life. */
    public static final int PROBES = 4;

    /** A session that has lasted for so long is no short one, in seconds. */
    public static final int SHORT_SECONDS = 15;

    private static final int SOL_SOCKET = 1;
    private static final int SOL_TCP = 6;
    private static final ChannelOption<Integer> KEEP_ALIVE =
            new IntegerUnixChannelOption("SO_KEEPALIVE", SOL_SOCKET, 9);
    // Netty's own options of these names are unknown to listening sockets, from which connections inherit them.
    private static final ChannelOption<Integer> KEEP_IDLE = new IntegerUnixChannelOption("TCP_KEEPIDLE", SOL_TCP, 4);
    private static final ChannelOption<Integer> KEEP_INTERVAL =
            new IntegerUnixChannelOption("TCP_KEEPINTVL", SOL_TCP, 5);
    private static final ChannelOption<Integer> KEEP_COUNT = new IntegerUnixChannelOption("TCP_KEEPCNT", SOL_TCP, 6);

    private KeepAlive() {}

    /**
     * Has the connections that a listening TCP socket accepts probe a silent peer: Linux has them inherit it, which spares five
     * system calls for each. Does nothing to other kinds than epoll's. What is chosen is set after this.
     *
     * @throws ChannelException where the system refuses
     */
    public static void inherited(Channel listener) {
        if (listener instanceof EpollServerSocketChannel) {
            ChannelConfig config = listener.config();
            config.setOption(KEEP_ALIVE, 1);
            config.setOption(KEEP_IDLE, IDLE_SECONDS);
            config.setOption(KEEP_INTERVAL, INTERVAL_SECONDS);
            config.setOption(KEEP_COUNT, PROBES);
        }
    }

    /** Probes a silent peer of an accepted socket that has not inherited it: of any but epoll's. */
    public static void accepted(Channel channel) {
        if (!(channel instanceof EpollSocketChannel)) {
            probe(channel);
        }
    }

    /**
     * Chooses the silence after which a peer is probed and the time between probes.
     *
     * @param idleSeconds of the silence, 0 for what it is
     * @param intervalSeconds from probe to probe, 0 for what it is
     * @return whether the socket takes what is chosen
     * @throws ChannelException where the system refuses
     */
    public static boolean choose(Channel channel, int idleSeconds, int intervalSeconds) {
        ChannelConfig config = channel.config();
        boolean known = idleSeconds == 0 || config.setOption(KEEP_IDLE, idleSeconds);
        return (intervalSeconds == 0 || config.setOption(KEEP_INTERVAL, intervalSeconds)) && known;
    }

    /**
     * Probes a silent peer from now on, unless that is so already. A dialled socket is not made with it: most sessions end before
     * the first probe would leave, and are spared four system calls. A relay asks for it once it has lasted
     * {@link #SHORT_SECONDS}, and whoever keeps a connection for itself asks at once.
     */
    public static void probe(Channel channel) {
        if (!(channel instanceof SocketChannel)) {
            return;
        }
        ChannelConfig config = channel.config();
        try {
            if (Boolean.TRUE.equals(config.getOption(ChannelOption.SO_KEEPALIVE))) {
                return;
            }
            config.setOption(ChannelOption.SO_KEEPALIVE, true);
            if (config instanceof EpollSocketChannelConfig epoll) {
                epoll.setTcpKeepIdle(IDLE_SECONDS);
                epoll.setTcpKeepIntvl(INTERVAL_SECONDS);
                epoll.setTcpKeepCnt(PROBES);
            }
        } catch (ChannelException _) {
            // The socket has been closed already: whoever reads from it is told.
        }
    }

    /** Gives a peer up that has not acknowledged what was sent for so long, in milliseconds. */
    public static void giveUpAfter(Channel channel, int millis) {
        if (channel instanceof EpollSocketChannel socket) {
            try {
                socket.config().setTcpUserTimeout(millis);
            } catch (ChannelException _) {
                // The socket has been closed already: whoever reads from it is told.
            }
        }
    }
}
