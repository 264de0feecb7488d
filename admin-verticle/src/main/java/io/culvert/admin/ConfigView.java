package io.culvert.admin;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The configuration that runs as the API shows it.
 *
 * @param texts in their order, without secrets
 */
public record ConfigView(long epoch, List<Text> texts) {
    public ConfigView {
        texts = List.copyOf(texts);
    }

    /**
     * One text of a configuration.
     *
     * @param name as diagnostics call it
     */
    public record Text(String name, String text) {
        @Override
        public String toString() {
            return "Text[name=" + name + "]";
        }
    }

    JsonObject toJson() {
        JsonArray sources = new JsonArray();
        texts.forEach(
                text -> sources.add(new JsonObject().put("name", text.name).put("text", text.text)));
        return new JsonObject().put("epoch", epoch).put("sources", sources);
    }
}
