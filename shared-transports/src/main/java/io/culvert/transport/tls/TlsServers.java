package io.culvert.transport.tls;

import io.culvert.config.SecuritySettings.Tls;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The TLS servers of a node: those of all event loops and ports that have the same settings are one, so that a session resumes on
 * whichever it comes back to, and certificate files are looked at once. Safe for all threads.
 */
public final class TlsServers {
    /** How often {@link #refresh} is to be called; a changed file is taken once it has stayed the same in between. */
    public static final long REFRESH_MILLIS = 2_000;

    private record Key(Tls settings, List<String> defaultAlpn) {}

    /** Held weakly: settings that no server has any more are forgotten. */
    private final ConcurrentMap<Key, WeakReference<ReloadingCertificates>> made = new ConcurrentHashMap<>();

    /**
     * The server of some settings.
     *
     * @param defaultAlpn what is accepted where the settings name nothing
     * @throws TlsConfigException where a certificate or key cannot be read or do not fit, or none serves
     */
    public TlsServer of(Tls settings, List<String> defaultAlpn) throws TlsConfigException {
        Key key = new Key(settings, List.copyOf(defaultAlpn));
        WeakReference<ReloadingCertificates> reference = made.get(key);
        ReloadingCertificates known = reference == null ? null : reference.get();
        if (known == null) {
            known = new ReloadingCertificates(settings, key.defaultAlpn);
            made.put(key, new WeakReference<>(known));
        }
        return new TlsServer(known::current);
    }

    /** Takes certificate files that have been replaced; blocks on the file system. One thread at a time. */
    public void refresh() {
        made.values().removeIf(reference -> {
            ReloadingCertificates known = reference.get();
            if (known != null) {
                known.refresh();
            }
            return known == null;
        });
    }
}
