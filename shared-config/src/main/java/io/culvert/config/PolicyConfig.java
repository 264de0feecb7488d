package io.culvert.config;

import io.culvert.model.SessionPolicy;
import java.util.Map;

/**
 * The {@code policy} section, with V2Ray's real defaults filled in (peers section 0.1).
 *
 * @param levels what is configured, by level
 * @param present whether there is a section at all: without one, level 1 idles for 600 s
 */
public record PolicyConfig(Map<Integer, Level> levels, boolean present) {
    /** No section. */
    public static final PolicyConfig ABSENT = new PolicyConfig(Map.of(), false);

    private static final Level LEVEL_1_WITHOUT_SECTION = new Level(
            Level.DEFAULT.handshakeMillis(),
            new SessionPolicy(600_000, 1_000, 1_000, SessionPolicy.DEFAULT_BUFFER_BYTES));

    public PolicyConfig {
        levels = Map.copyOf(levels);
    }

    /** @param handshakeMillis everything until the request is known must happen within this time */
    public record Level(long handshakeMillis, SessionPolicy session) {
        /** 60 s, and {@link SessionPolicy#DEFAULT}. */
        public static final Level DEFAULT = new Level(60_000, SessionPolicy.DEFAULT);
    }

    /** The limits of a level. */
    public Level level(int level) {
        Level configured = levels.get(level);
        if (configured != null) {
            return configured;
        }
        return level == 1 && !present ? LEVEL_1_WITHOUT_SECTION : Level.DEFAULT;
    }
}
