package io.culvert.transport.tls;

import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.Tls;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is made of the certificates of one set of settings, as their files are now. Connections keep what they began with. Files
 * that cannot be used change nothing and are said once.
 */
final class ReloadingCertificates<C> {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadingCertificates.class);

    private final Tls settings;
    private final TlsServers.Maker<C> maker;
    private volatile C current;
    /** What {@link #current} was made of, or what could not be used. */
    private List<Object> settled;
    /** What the files were at the last look: one certificate and its key are not replaced in one step. */
    private List<Object> seen;

    ReloadingCertificates(Tls settings, TlsServers.Maker<C> maker) throws TlsConfigException {
        this.settings = settings;
        this.maker = maker;
        this.settled = stamps();
        this.seen = settled;
        this.current = maker.make(settings);
    }

    C current() {
        return current;
    }

    void refresh() {
        List<Object> now = stamps();
        if (now.equals(seen) && !now.equals(settled)) {
            settled = now;
            reload();
        }
        seen = now;
    }

    private void reload() {
        try {
            current = maker.make(settings);
            LOG.info("certificate files were replaced and are in use: {}", files());
        } catch (TlsConfigException e) {
            LOG.warn("replaced certificate files cannot be used, the old ones stay: {}", e.getMessage());
        }
    }

    private List<String> files() {
        List<String> files = new ArrayList<>();
        for (Certificate certificate : settings.certificates()) {
            if (certificate.certificateFile() != null) {
                files.add(certificate.certificateFile());
            }
            if (certificate.keyFile() != null) {
                files.add(certificate.keyFile());
            }
        }
        return files;
    }

    private List<Object> stamps() {
        List<Object> stamps = new ArrayList<>();
        for (String file : files()) {
            try {
                BasicFileAttributes found = Files.readAttributes(Path.of(file), BasicFileAttributes.class);
                stamps.add(List.of(found.lastModifiedTime(), found.size(), String.valueOf(found.fileKey())));
            } catch (IOException _) {
                stamps.add("absent");
            }
        }
        return stamps;
    }
}
