package io.culvert.launcher.reload;

import io.culvert.bus.ConfigMessage;
import io.culvert.config.reader.Source;
import io.culvert.model.ConfigVersion;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration that a node took last, as {@link AppliedFile} keeps it.
 *
 * @param ownFile the digest of the node's own file at that time
 * @param version which configuration it is
 * @param sources its texts
 * @param before those that it has taken the place of, the latest first
 * @param previous what ran here before it, or null for nothing that is known
 */
public record Kept(
        String ownFile,
        ConfigVersion version,
        List<Source> sources,
        List<ConfigVersion> before,
        @Nullable Earlier previous) {
    public Kept {
        sources = List.copyOf(sources);
        before = List.copyOf(before);
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("ownFile", ownFile)
                .put("version", json(version))
                .put("sources", json(sources))
                .put("before", new JsonArray(before.stream().map(Kept::json).toList()));
        return previous == null
                ? json
                : json.put(
                        "previous",
                        new JsonObject()
                                .put("version", json(previous.version()))
                                .put("sources", json(previous.sources())));
    }

    /** @throws DecodeException where it is no such object */
    static Kept of(JsonObject json) {
        try {
            JsonObject previous = json.getJsonObject("previous");
            return new Kept(
                    text(json, "ownFile"),
                    version(json.getJsonArray("version")),
                    sources(json.getJsonArray("sources")),
                    versions(json.getJsonArray("before")),
                    previous == null
                            ? null
                            : new Earlier(
                                    version(previous.getJsonArray("version")),
                                    sources(previous.getJsonArray("sources"))));
        } catch (ClassCastException | IndexOutOfBoundsException _) {
            throw new DecodeException("a value of another kind");
        }
    }

    private static JsonArray json(ConfigVersion version) {
        return new JsonArray().add(version.epoch()).add(version.millis()).add(version.digest());
    }

    private static JsonArray json(List<Source> sources) {
        JsonArray all = new JsonArray();
        sources.forEach(
                source -> all.add(new JsonObject().put("name", source.name()).put("text", source.text())));
        return all;
    }

    private static ConfigVersion version(@Nullable JsonArray numbers) {
        if (numbers == null
                || !(numbers.getValue(0) instanceof Number epoch)
                || !(numbers.getValue(1) instanceof Number millis)
                || !(numbers.getValue(2) instanceof Number digest)) {
            throw new DecodeException("three numbers expected");
        }
        return new ConfigVersion(epoch.longValue(), millis.longValue(), digest.longValue());
    }

    private static List<ConfigVersion> versions(@Nullable JsonArray all) {
        List<ConfigVersion> versions = new ArrayList<>();
        for (int i = 0; all != null && i < Math.min(all.size(), ConfigMessage.MAX_BEFORE); i++) {
            versions.add(version(all.getJsonArray(i)));
        }
        return versions;
    }

    private static List<Source> sources(@Nullable JsonArray all) {
        if (all == null) {
            throw new DecodeException("sources expected");
        }
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            JsonObject one = all.getJsonObject(i);
            sources.add(new Source(text(one, "name"), text(one, "text")));
        }
        return sources;
    }

    private static String text(JsonObject json, String name) {
        String text = json.getString(name);
        if (text == null) {
            throw new DecodeException(name + " expected");
        }
        return text;
    }
}
