package io.culvert.transport.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Half-close on Netty's BoringSSL engine: the one place that reaches into it.
 *
 * <p>The engine ends its output as soon as the peer's close_notify has been read, which loses every answer to a client that
 * has ended its request. It does so unless it believes that it has dealt with the close_notify already, and there is no
 * setting for that: the field is set here. And once its own output has ended it calls itself closed, and its handler leaves
 * decoded bytes behind. So the engine is told neither end: BoringSSL itself is asked for the one and told the other.
 */
final class OpenSslHalfClose {
    private static final Logger LOG = LoggerFactory.getLogger(OpenSslHalfClose.class);
    private static final @Nullable VarHandle RECEIVED_SHUTDOWN = find();

    private OpenSslHalfClose() {}

    private static @Nullable VarHandle find() {
        try {
            return MethodHandles.privateLookupIn(ReferenceCountedOpenSslEngine.class, MethodHandles.lookup())
                    .findVarHandle(ReferenceCountedOpenSslEngine.class, "receivedShutdown", boolean.class);
        } catch (ReflectiveOperationException e) {
            LOG.warn("TLS sessions end as soon as one side has: this Netty's engine is not the one that was built for");
            return null;
        }
    }

    /** Lets an engine write on when the peer has ended; called before its handshake. Does nothing to other engines. */
    static void allow(SSLEngine engine) {
        if (RECEIVED_SHUTDOWN != null && engine instanceof ReferenceCountedOpenSslEngine openSsl) {
            RECEIVED_SHUTDOWN.set(openSsl, true);
        }
    }

    /** Whether the ends of an engine's streams are this class's business. */
    static boolean appliesTo(SSLEngine engine) {
        return RECEIVED_SHUTDOWN != null && engine instanceof ReferenceCountedOpenSslEngine;
    }

    /** Whether the peer's close_notify has been read. */
    static boolean inputEnded(SSLEngine engine) {
        long ssl = ((ReferenceCountedOpenSslEngine) engine).sslPointer();
        return ssl != 0 && (SSL.getShutdown(ssl) & SSL.SSL_RECEIVED_SHUTDOWN) != 0;
    }

    /** Makes a close_notify, which leaves with the next flush of the engine's handler. */
    static void endOutput(SSLEngine engine) {
        long ssl = ((ReferenceCountedOpenSslEngine) engine).sslPointer();
        if (ssl != 0 && (SSL.getShutdown(ssl) & SSL.SSL_SENT_SHUTDOWN) == 0 && SSL.shutdownSSL(ssl) < 0) {
            SSL.clearError();
        }
    }
}
