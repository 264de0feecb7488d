package io.culvert.config;

import io.culvert.model.SessionPolicy;
import java.util.Map;

/**
 * The {@code policy} section, with V2Ray's real defaults filled in (peers section 0.1).
 *
 * @param levels what is configured, by level
 * @param present whether there is a section at all: without one, level 1 idles for 600 s
 * @param drain how a node is taken out; Culvert's own
 */
public record PolicyConfig(Map<Integer, Level> levels, boolean present, Drain drain) {
    /** No section. */
    public static final PolicyConfig ABSENT = new PolicyConfig(Map.of(), false);

    private static final Level LEVEL_1_WITHOUT_SECTION = new Level(
            Level.DEFAULT.handshakeMillis(),
            new SessionPolicy(600_000, 1_000, 1_000, SessionPolicy.DEFAULT_BUFFER_BYTES));

    public PolicyConfig {
        levels = Map.copyOf(levels);
    }

    /** With the usual drain. */
    public PolicyConfig(Map<Integer, Level> levels, boolean present) {
        this(levels, present, Drain.DEFAULT);
    }

    /**
     * How long a node that is taken out goes on; every time counts from the beginning of the drain.
     *
     * @param graceMillis until then the listening sockets stay open, for load balancers that have not noticed yet
     * @param softMillis until then every session goes on, from then on only those that carry payload
     * @param hardMillis until then those do; at least {@code softMillis}, which is at least {@code graceMillis}
     */
    public record Drain(long graceMillis, long softMillis, long hardMillis) {
        /** 0 s, 30 s and 300 s (reliability section 2e). */
        public static final Drain DEFAULT = new Drain(0, 30_000, 300_000);

        /** The longest of them, in milliseconds: a day. */
        public static final long MAX_MILLIS = 24L * 3600 * 1000;

        public Drain {
            if (graceMillis < 0 || graceMillis > softMillis || softMillis > hardMillis || hardMillis > MAX_MILLIS) {
                throw new IllegalArgumentException(
                        "expected 0 <= " + graceMillis + " <= " + softMillis + " <= " + hardMillis + " <= a day");
            }
        }

        /** The same, over after a time at the latest. */
        public Drain within(long millis) {
            return new Drain(Math.min(graceMillis, millis), Math.min(softMillis, millis), millis);
        }
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
