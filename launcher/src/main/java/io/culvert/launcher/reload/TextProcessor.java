package io.culvert.launcher.reload;

import io.vertx.config.spi.ConfigProcessor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The format of configurations for vertx-config: JSON with comments, which {@code ConfigLoader} alone reads, with every place
 * that a fault can be at. To vertx-config a text is its digest: that is what it compares to find a change.
 */
public final class TextProcessor implements ConfigProcessor {
    /** The format's name in a store's options. */
    public static final String FORMAT = "culvert";

    @Override
    public String name() {
        return FORMAT;
    }

    @Override
    public Future<JsonObject> process(Vertx vertx, @Nullable JsonObject configuration, Buffer text) {
        return vertx.executeBlocking(() -> digest(text.getBytes()), false)
                .map(digest -> new JsonObject().put(place(configuration) + digest, text.length()));
    }

    private static String place(@Nullable JsonObject configuration) {
        String path = configuration == null ? null : configuration.getString("path");
        return path == null ? "" : path + " ";
    }

    /** What tells texts apart. */
    static String digest(byte[] text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String digest(String text) {
        return digest(text.getBytes(StandardCharsets.UTF_8));
    }
}
