package io.culvert.transport.raw;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.netty.channel.ConnectTimeoutException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why a socket could not be connected: the address, and the system's error in its own words. */
public final class DialFault {
    /** {@code connect(..) failed with error(-101): Network is unreachable}, as Netty's sockets of Linux say it. */
    private static final Pattern NATIVE = Pattern.compile("error\\(-?\\d+\\): ([^:]+)");

    private DialFault() {}

    /** The failure of an attempt at an address. */
    public static SessionFailure of(InetSocketAddress remote, Throwable fault) {
        return new SessionFailure(causeOf(fault), text(remote, fault));
    }

    /** {@code 192.0.2.1:443: connection refused}. */
    public static String text(InetSocketAddress remote, Throwable fault) {
        return text(remote) + ": " + reason(fault);
    }

    /** {@code 192.0.2.1:443}, IPv6 in brackets. */
    private static String text(InetSocketAddress remote) {
        InetAddress ip = remote.getAddress();
        String host = ip == null ? remote.getHostString() : ip.getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + remote.getPort();
    }

    /** What a failed connect means for a session. */
    public static CloseCause causeOf(Throwable fault) {
        if (fault instanceof ConnectTimeoutException) {
            return CloseCause.DIAL_TIMEOUT;
        }
        return reason(fault).equals("connection refused") ? CloseCause.DIAL_REFUSED : CloseCause.DIAL_UNREACHABLE;
    }

    private static String reason(Throwable fault) {
        return switch (fault) {
            case ConnectTimeoutException _ -> "no answer within " + Sockets.CONNECT_MILLIS + " ms";
            case UnsupportedAddressTypeException _ -> "the system has no sockets of this address family";
            case ClosedChannelException _ -> "closed before it was connected";
            default -> fault.getMessage() == null ? fault.getClass().getSimpleName() : system(fault.getMessage());
        };
    }

    /** The system's error without the call and the address around it. */
    private static String system(String message) {
        Matcher named = NATIVE.matcher(message);
        int address = message.indexOf(": ");
        String error = named.find() ? named.group(1) : address < 0 ? message : message.substring(0, address);
        return error.isEmpty() ? message : error.substring(0, 1).toLowerCase(Locale.ROOT) + error.substring(1);
    }
}
