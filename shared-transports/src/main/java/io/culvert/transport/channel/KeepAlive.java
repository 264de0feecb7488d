package io.culvert.transport.channel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollSocketChannelConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

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

    private static final Path SETTINGS = Path.of("/proc/sys/net/ipv4");
    private static final int DIGITS = 32;
    private static final int SYSTEM_IDLE = setting("tcp_keepalive_time", 7_200);
    private static final int SYSTEM_INTERVAL = setting("tcp_keepalive_intvl", 75);

    private KeepAlive() {}

    private static int setting(String name, int usual) {
        // In one read: what is left of such a file after the first is nothing.
        byte[] digits = new byte[DIGITS];
        try (InputStream file = Files.newInputStream(SETTINGS.resolve(name))) {
            int count = file.read(digits);
            return Integer.parseInt(new String(digits, 0, Math.max(0, count), StandardCharsets.US_ASCII).strip());
        } catch (IOException | NumberFormatException _) {
            return usual;
        }
    }

    /** Probes a silent peer of a client's or destination's socket. */
    static void probe(Channel channel) {
        if (!(channel instanceof EpollSocketChannel socket)) {
            return;
        }
        EpollSocketChannelConfig config = socket.config();
        try {
            // An accepted socket has what its listener was told; only what nobody chose is changed.
            if (config.getTcpKeepIdle() == SYSTEM_IDLE) {
                config.setTcpKeepIdle(IDLE_SECONDS);
            }
            if (config.getTcpKeepIntvl() == SYSTEM_INTERVAL) {
                config.setTcpKeepIntvl(INTERVAL_SECONDS);
                config.setTcpKeepCnt(PROBES);
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
