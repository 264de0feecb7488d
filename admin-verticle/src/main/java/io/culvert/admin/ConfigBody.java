package io.culvert.admin;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The body of a configuration that is put: the text itself, or several texts with their names in one object. */
public final class ConfigBody {
    /** The media type of {@code {"sources": [{"name": …, "text": …}]}}. */
    public static final String SOURCES = "application/vnd.culvert.sources+json";

    /** What diagnostics call a text that was put without a name. */
    public static final String UNNAMED = "request";

    /** The longest body, in bytes: what a node takes, and what nodes of a farm send each other. */
    public static final long MOST_BYTES = ApiRoutes.MOST_BODY_BYTES;

    private static final int MOST_TEXTS = 1_000;

    private ConfigBody() {}

    /** Several texts as a body. */
    public static String of(List<ConfigView.Text> texts) {
        return new ConfigView(0, texts).toJson().encode();
    }

    /** How long a body of these texts is, in bytes. */
    public static long bytes(List<ConfigView.Text> texts) {
        return of(texts).getBytes(StandardCharsets.UTF_8).length;
    }

    /** The texts of a body, or null where it is not what its media type says. */
    static @Nullable List<ConfigView.Text> read(@Nullable String mediaType, Buffer body) {
        if (mediaType == null || !mediaType.toLowerCase(Locale.ROOT).startsWith(SOURCES)) {
            return List.of(new ConfigView.Text(UNNAMED, body.toString(StandardCharsets.UTF_8)));
        }
        try {
            JsonArray sources = new JsonObject(body).getJsonArray("sources");
            if (sources == null || sources.isEmpty() || sources.size() > MOST_TEXTS) {
                return null;
            }
            List<ConfigView.Text> texts = new ArrayList<>();
            for (int i = 0; i < sources.size(); i++) {
                JsonObject source = sources.getJsonObject(i);
                String name = source == null ? null : source.getString("name");
                String text = source == null ? null : source.getString("text");
                if (name == null || text == null) {
                    return null;
                }
                texts.add(new ConfigView.Text(name, text));
            }
            return texts;
        } catch (DecodeException | ClassCastException _) {
            return null;
        }
    }
}
