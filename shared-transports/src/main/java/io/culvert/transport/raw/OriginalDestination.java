package io.culvert.transport.raw;

import io.culvert.config.StreamConfig.TransparentMode;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Where a connection was meant to go before the firewall led it here (wire-formats section 13). */
public final class OriginalDestination {
    private static final int SOL_IP = 0;
    private static final int SOL_IPV6 = 41;
    private static final int SO_ORIGINAL_DST = 80;
    private static final int SOCKADDR_IN = 16;
    private static final int SOCKADDR_IN6 = 28;
    private static final int PORT_AT = 2;
    private static final int V4_AT = 4;
    private static final int V6_AT = 8;

    private static final ChannelOption<ByteBuffer> V4 =
            new RawUnixChannelOption("SO_ORIGINAL_DST", SOL_IP, SO_ORIGINAL_DST, SOCKADDR_IN);
    private static final ChannelOption<ByteBuffer> V6 =
            new RawUnixChannelOption("IP6T_SO_ORIGINAL_DST", SOL_IPV6, SO_ORIGINAL_DST, SOCKADDR_IN6);

    private OriginalDestination() {}

    /**
     * The original destination of a stream.
     *
     * @param stream an accepted socket, or a channel in one
     * @param listened the port that was listened on: who reaches it on this host by its own address was not led here
     * @return null where there is none
     */
    public static @Nullable InetSocketAddress of(Channel stream, TransparentMode mode, int listened) {
        Channel socket = stream;
        while (!(socket instanceof SocketChannel)) {
            if (socket.parent() == null) {
                return null;
            }
            socket = socket.parent();
        }
        InetSocketAddress found = switch (mode) {
            case TPROXY -> socket.localAddress() instanceof InetSocketAddress local ? local : null;
            case REDIRECT, OFF -> redirected(socket);
        };
        return found == null || isOwn(found, listened) ? null : found;
    }

    /** Whether an address is the one that a listener has on this host, so that who sends to it was led here by nobody. */
    public static boolean isOwn(InetSocketAddress found, int listened) {
        return found.getPort() == listened && isOfThisHost(found.getAddress());
    }

    private static @Nullable InetSocketAddress redirected(Channel socket) {
        InetSocketAddress v4 = read(socket, V4, V4_AT, 4);
        return v4 != null ? v4 : read(socket, V6, V6_AT, 16);
    }

    private static @Nullable InetSocketAddress read(
            Channel socket, ChannelOption<ByteBuffer> option, int addressAt, int addressBytes) {
        try {
            ByteBuffer raw = socket.config().getOption(option);
            if (raw == null) {
                return null;
            }
            byte[] address = new byte[addressBytes];
            raw.get(addressAt, address);
            return new InetSocketAddress(InetAddress.getByAddress(address), Short.toUnsignedInt(raw.getShort(PORT_AT)));
        } catch (ChannelException _) {
            // The kernel knows of no other destination, or not of this family.
            return null;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + addressBytes + " bytes", e);
        }
    }

    private static boolean isOfThisHost(InetAddress address) {
        try {
            return address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException _) {
            return true;
        }
    }
}
