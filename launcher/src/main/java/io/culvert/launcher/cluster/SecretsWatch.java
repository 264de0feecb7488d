package io.culvert.launcher.cluster;

import io.culvert.transport.link.LinkSecurity;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a node's secrets while it runs: a renewed certificate is taken once its files have stayed the same from one look to
 * the next, and one that ends soon is warned of. What cannot be used changes nothing and is said once. Not for an event loop.
 */
final class SecretsWatch {
    /** How often the files are looked at, in milliseconds. */
    static final long LOOK_MILLIS = 5_000;

    /** How long before its end a certificate is warned of. */
    private static final List<Duration> WARNED = List.of(Duration.ofDays(1), Duration.ofDays(7), Duration.ofDays(30));

    private final Path folder;
    private final Consumer<ClusterSecrets> renewed;
    private final Consumer<String> log;
    private ClusterSecrets current;
    private String seen;
    private String complained = "";
    private @Nullable Duration warned;

    /**
     * @param renewed told of secrets that are to be used from now on
     * @param log told what the operator should know
     */
    SecretsWatch(Path folder, ClusterSecrets first, Consumer<ClusterSecrets> renewed, Consumer<String> log) {
        this.log = log;
        this.folder = folder;
        this.current = first;
        this.renewed = renewed;
        this.seen = first.fingerprint();
    }

    /** Looks once. */
    synchronized void look(Instant now) {
        try {
            String found = ClusterSecrets.fingerprint(folder);
            boolean settled = found.equals(seen);
            seen = found;
            if (settled && !found.equals(current.fingerprint())) {
                take(ClusterSecrets.read(folder, now));
            }
        } catch (ClusterFailure | TlsConfigException e) {
            complain(String.valueOf(e.getMessage()));
        }
        warn(now);
    }

    private void take(ClusterSecrets found) throws ClusterFailure, TlsConfigException {
        String fault = current.differenceTo(found);
        if (fault != null) {
            throw new ClusterFailure(folder + ": " + fault);
        }
        // The key fits the certificate, or this fails.
        new LinkSecurity(found.caPem(), found.certificatePem(), found.keyPem()).contexts();
        current = found;
        complained = "";
        warned = null;
        log.accept("the node's certificate has been renewed and is valid until " + found.notAfter()
                + ": new connections of links and of the event bus use it from now on");
        renewed.accept(found);
    }

    private void complain(String why) {
        String content = seen + why;
        if (!content.equals(complained)) {
            complained = content;
            log.accept("the node's secrets have changed and cannot be used, the old ones stay: " + why);
        }
    }

    private void warn(Instant now) {
        Duration left = Duration.between(now, current.notAfter());
        for (Duration limit : WARNED) {
            if (left.compareTo(limit) <= 0) {
                if (warned == null || warned.compareTo(limit) > 0) {
                    warned = limit;
                    log.accept("the node's certificate is valid until " + current.notAfter()
                            + ": renew it with \"culvert cluster cert\"");
                }
                return;
            }
        }
    }
}
