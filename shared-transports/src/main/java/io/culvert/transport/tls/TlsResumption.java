package io.culvert.transport.tls;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.internal.tcnative.SSL;
import java.security.SecureRandom;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/** Whether a TLS session may be taken up again by a later connection, by a ticket or from the memory of either side. */
final class TlsResumption {
    /** How long, in seconds; and how many are remembered. */
    private static final int SECONDS = 24 * 3_600;

    private static final int MOST_KEPT = 4_096;

    private TlsResumption() {}

    /**
     * Switches it on or off.
     *
     * <p>BoringSSL's tickets are made with a key that lives as long as the context. Java's engine has no switch for one context:
     * where it is off, what it gives out is of no use after a second.
     */
    static void apply(SslContext context, boolean on) {
        SSLSessionContext sessions = context.sessionContext();
        if (sessions instanceof OpenSslSessionContext nativeSessions) {
            nativeSessions.setSessionCacheEnabled(on);
            if (on && context.isServer()) {
                nativeSessions.setTicketKeys(ticketKey());
            }
        }
        sessions.setSessionTimeout(on ? SECONDS : 1);
        sessions.setSessionCacheSize(on ? MOST_KEPT : 1);
    }

    /**
     * Lets a fresh engine of a server give out and take no tickets where resumption is off. Netty has them on in every server and
     * no switch for a context, so each of its engines is told.
     */
    static void restrict(SSLEngine engine, SslContext context) {
        if (engine instanceof ReferenceCountedOpenSslEngine openSsl
                && context.sessionContext() instanceof OpenSslSessionContext sessions
                && !sessions.isSessionCacheEnabled()) {
            SSL.setOptions(openSsl.sslPointer(), SSL.SSL_OP_NO_TICKET);
        }
    }

    private static OpenSslSessionTicketKey ticketKey() {
        return new OpenSslSessionTicketKey(
                random(OpenSslSessionTicketKey.NAME_SIZE),
                random(OpenSslSessionTicketKey.HMAC_KEY_SIZE),
                random(OpenSslSessionTicketKey.AES_KEY_SIZE));
    }

    private static byte[] random(int bytes) {
        byte[] made = new byte[bytes];
        new SecureRandom().nextBytes(made);
        return made;
    }
}
