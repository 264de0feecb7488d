package io.culvert.transport.tls;

import io.culvert.config.SecuritySettings.Tls;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * The TLS servers of a node: those of all event loops and ports that have the same settings are one, so that a session resumes on
 * whichever it comes back to, and certificate files are looked at once. Safe for all threads.
 */
public final class TlsServers {
    /** How often {@link #refresh} is to be called; a changed file is taken once it has stayed the same in between. */
    public static final long REFRESH_MILLIS = 2_000;

    private record Key(Tls settings, List<String> defaultAlpn) {}

    /** Makes what serves of the certificates in some settings; reads files. */
    public interface Maker<C> {
        /** @throws TlsConfigException where a certificate or key cannot be read or do not fit, or none serves */
        C make(Tls settings) throws TlsConfigException;
    }

    /** Held weakly: settings that no server has any more are forgotten. */
    private final ConcurrentMap<Key, WeakReference<ReloadingCertificates<ServerCertificates>>> made =
            new ConcurrentHashMap<>();

    private final Queue<WeakReference<ReloadingCertificates<?>>> followed = new ConcurrentLinkedQueue<>();

    /**
     * The server of some settings.
     *
     * @param defaultAlpn what is accepted where the settings name nothing
     * @throws TlsConfigException where a certificate or key cannot be read or do not fit, or none serves
     */
    public TlsServer of(Tls settings, List<String> defaultAlpn) throws TlsConfigException {
        Key key = new Key(settings, List.copyOf(defaultAlpn));
        WeakReference<ReloadingCertificates<ServerCertificates>> reference = made.get(key);
        ReloadingCertificates<ServerCertificates> known = reference == null ? null : reference.get();
        if (known == null) {
            known = follow(settings, tls -> TlsContexts.serverCertificates(tls, key.defaultAlpn));
            made.put(key, new WeakReference<>(known));
        }
        return new TlsServer(known::current);
    }

    /**
     * What is made of the certificates in some settings, and made again when their files have been replaced.
     *
     * @return the latest; keeps it alive
     * @throws TlsConfigException where it cannot be made now
     */
    public <C> Supplier<C> following(Tls settings, Maker<C> maker) throws TlsConfigException {
        return follow(settings, maker)::current;
    }

    private <C> ReloadingCertificates<C> follow(Tls settings, Maker<C> maker) throws TlsConfigException {
        ReloadingCertificates<C> following = new ReloadingCertificates<>(settings, maker);
        followed.add(new WeakReference<>(following));
        return following;
    }

    /** Takes certificate files that have been replaced; blocks on the file system. One thread at a time. */
    public void refresh() {
        made.values().removeIf(reference -> reference.get() == null);
        followed.removeIf(reference -> {
            ReloadingCertificates<?> known = reference.get();
            if (known != null) {
                known.refresh();
            }
            return known == null;
        });
    }
}
