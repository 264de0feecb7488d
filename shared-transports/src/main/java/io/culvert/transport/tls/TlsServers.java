package io.culvert.transport.tls;

import io.culvert.config.SecuritySettings.Tls;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.util.List;
import java.util.Objects;
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

    private final ConcurrentMap<Key, ReloadingCertificates> made = new ConcurrentHashMap<>();

    /**
     * The server of some settings.
     *
     * @param defaultAlpn what is accepted where the settings name nothing
     * @throws TlsConfigException where a certificate or key cannot be read or do not fit, or none serves
     */
    public TlsServer of(Tls settings, List<String> defaultAlpn) throws TlsConfigException {
        Key key = new Key(settings, List.copyOf(defaultAlpn));
        ReloadingCertificates known = made.get(key);
        if (known == null) {
            ReloadingCertificates loaded = new ReloadingCertificates(settings, key.defaultAlpn);
            known = Objects.requireNonNullElse(made.putIfAbsent(key, loaded), loaded);
        }
        return new TlsServer(known::current);
    }

    /** Takes certificate files that have been replaced; blocks on the file system. One thread at a time. */
    public void refresh() {
        made.values().forEach(ReloadingCertificates::refresh);
    }
}
