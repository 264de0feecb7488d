package io.culvert.transport.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why a client's handshake failed, in an operator's words; the engines' own exceptions say it in their causes, if at all. */
final class HandshakeFault {
    /** An alert as BoringSSL and as the JDK name it. */
    private static final Pattern ALERT = Pattern.compile("(?:_ALERT_|fatal alert: )(\\w+)");

    private HandshakeFault() {}

    static String of(Throwable fault) {
        for (Throwable one = fault; one != null; one = one.getCause()) {
            switch (one) {
                case ExplainedTrust.Untrusted untrusted -> {
                    return String.valueOf(untrusted.getMessage());
                }
                case NotSslRecordException _ -> {
                    return "the server does not speak TLS";
                }
                case SslHandshakeTimeoutException _ -> {
                    return "no answer within " + TlsClient.HANDSHAKE_MILLIS + " ms";
                }
                case ClosedChannelException _ -> {
                    return "the server ended the connection in the handshake";
                }
                default -> {
                    Matcher alert = ALERT.matcher(String.valueOf(one.getMessage()));
                    if (alert.find()) {
                        return "the server answered with the alert "
                                + alert.group(1).toLowerCase(Locale.ROOT);
                    }
                }
            }
        }
        return String.valueOf(fault.getMessage());
    }
}
