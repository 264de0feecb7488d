package io.culvert.transport.testkit;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The IP sockets that this process has open, whoever opened them, and what the system says of their options. Linux only. */
public final class OpenSockets {
    /** An option of a socket: its level, and its number there. */
    public enum Option {
        MARK(1, 36),
        TRANSPARENT(0, 19),
        FAST_OPEN(6, 23),
        FAST_OPEN_CONNECT(6, 30),
        KEEP_IDLE(6, 4),
        KEEP_INTERVAL(6, 5);

        private final int level;
        private final int number;

        Option(int level, int number) {
            this.level = level;
            this.number = number;
        }
    }

    /** One socket. Not to be closed. */
    public record Open(Socket socket, boolean listens, int localPort, int remotePort) {
        public int get(Option option) {
            try {
                return socket.getIntOpt(option.level, option.number);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;
    private static final int DATAGRAMS = 2;
    private static final List<Integer> IP = List.of(2, 10);

    private OpenSockets() {}

    /** Whether this process may set marks: it takes CAP_NET_ADMIN. */
    public static boolean mayMark() {
        if (!Epoll.isAvailable()) {
            return false;
        }
        try (DatagramChannel probe = DatagramChannel.open()) {
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            int port = ((InetSocketAddress) probe.getLocalAddress()).getPort();
            at(port).getFirst().socket().setIntOpt(SOL_SOCKET, Option.MARK.number, 1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Those that listen on a port, over TCP or UDP. */
    public static List<Open> at(int port) {
        return all().stream()
                .filter(open -> open.listens() && open.localPort() == port)
                .toList();
    }

    /** Those that have connected to a port. */
    public static List<Open> connectedTo(int port) {
        return all().stream()
                .filter(open -> !open.listens() && open.remotePort() == port)
                .toList();
    }

    private static List<Open> all() {
        List<Open> found = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            descriptors.map(OpenSockets::open).filter(Objects::nonNull).forEach(found::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static @Nullable Open open(Path descriptor) {
        try {
            if (!Files.readSymbolicLink(descriptor).toString().startsWith("socket:")) {
                return null;
            }
            Socket socket = new Socket(Integer.parseInt(descriptor.getFileName().toString()));
            if (!IP.contains(socket.getIntOpt(SOL_SOCKET, SO_DOMAIN))) {
                return null;
            }
            InetSocketAddress local = socket.localAddress();
            InetSocketAddress remote = socket.remoteAddress();
            boolean unconnected = socket.getIntOpt(SOL_SOCKET, SO_TYPE) == DATAGRAMS && remote == null;
            boolean listens = unconnected || socket.getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) != 0;
            return new Open(
                    socket, listens, local == null ? 0 : local.getPort(), remote == null ? 0 : remote.getPort());
        } catch (IOException e) {
            return null; // closed meanwhile
        }
    }
}
