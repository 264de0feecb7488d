package io.culvert.transport.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.lang.ref.Cleaner;

/**
 * Frees the native memory of TLS contexts. Nobody can say when a context is used for the last time: sessions that are being
 * opened keep using it after a new configuration has taken its place. So it goes with its owner, when nobody knows that any
 * more; engines hold it themselves.
 */
final class NativeContexts {
    private static final Cleaner CLEANER = Cleaner.create();

    private NativeContexts() {}

    static void releaseWith(Object owner, SslContext context) {
        CLEANER.register(owner, () -> ReferenceCountUtil.release(context));
    }
}
