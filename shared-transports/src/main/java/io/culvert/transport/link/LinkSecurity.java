package io.culvert.transport.link;

import io.culvert.transport.tls.MutualTls;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a node proves itself with on its links, and whom it trusts. Its text shows no key.
 *
 * @param caPem the certificates of the farm's CA
 * @param chainPem the node's certificate, and any between it and the CA; one of its DNS names is the node's name
 * @param keyPem the node's private key
 */
public record LinkSecurity(String caPem, String chainPem, String keyPem) {
    /** What the two ends agree on in their handshake: a later protocol has another name. */
    public static final String PROTOCOL = "culvert-link/2";

    /** Reads the three files; not for an event loop. */
    public static LinkSecurity read(Path ca, Path chain, Path key) throws IOException {
        return new LinkSecurity(text(ca), text(chain), text(key));
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.US_ASCII);
    }

    /**
     * Makes the contexts of both ends; not for an event loop.
     *
     * @throws TlsConfigException where something cannot be read, or does not fit
     */
    public MutualTls contexts() throws TlsConfigException {
        return MutualTls.of(caPem, chainPem, keyPem, PROTOCOL);
    }

    @Override
    public String toString() {
        return "LinkSecurity[***]";
    }
}
