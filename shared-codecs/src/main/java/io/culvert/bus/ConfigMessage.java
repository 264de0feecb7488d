package io.culvert.bus;

import io.culvert.model.ConfigVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What nodes say to each other about the farm's configuration, questions and answers.
 *
 * @param proposal which of the configurations that are being taken is meant; empty where none is
 * @param version which configuration is to be, or the node that answers runs
 * @param before which configurations the node that answers has run before, the latest first; at most {@value #MAX_BEFORE}
 * @param texts the configuration, in the order of its files
 * @param lines what is wrong, in words
 */
public record ConfigMessage(
        Kind kind,
        String proposal,
        ConfigVersion version,
        List<Text> texts,
        List<String> lines,
        List<ConfigVersion> before) {
    /** How many earlier configurations are told of. */
    public static final int MAX_BEFORE = 64;

    /** What is said. */
    public enum Kind {
        /** Check this, and make it ready: {@link #READY}, {@link #REFUSED} or {@link #BUSY}. */
        PREPARE(1),
        /** Take what is ready: {@link #READY}, or {@link #REFUSED} where it is not there any more. */
        COMMIT(2),
        /** Drop what is ready: {@link #READY}. */
        DISCARD(3),
        /** Which configuration runs: {@link #SNAPSHOT}. */
        ASK(4),
        READY(5),
        REFUSED(6),
        BUSY(7),
        SNAPSHOT(8);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** The code on the wire; never reused. */
        int code() {
            return code;
        }

        /** The kind of a code, or null for one that this version does not know. */
        static @Nullable Kind ofCode(int code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            return null;
        }
    }

    /** One file of a configuration. Its text form hides what is in it. */
    public record Text(String name, String text) {
        @Override
        public String toString() {
            return "Text[name=" + name + "]";
        }
    }

    public ConfigMessage {
        texts = List.copyOf(texts);
        lines = List.copyOf(lines);
        before = List.copyOf(before);
        if (before.size() > MAX_BEFORE) {
            throw new IllegalArgumentException("more than " + MAX_BEFORE + " configurations");
        }
    }

    /** One that does not tell of earlier configurations. */
    public ConfigMessage(Kind kind, String proposal, ConfigVersion version, List<Text> texts, List<String> lines) {
        this(kind, proposal, version, texts, lines, List.of());
    }

    /** The epoch that is to be, or that the node which answers runs. */
    public long epoch() {
        return version.epoch();
    }

    /** A message without texts and lines. */
    public static ConfigMessage of(Kind kind, String proposal, ConfigVersion version) {
        return new ConfigMessage(kind, proposal, version, List.of(), List.of());
    }

    /** One that is about no version. */
    public static ConfigMessage of(Kind kind, String proposal) {
        return of(kind, proposal, ConfigVersion.of(0));
    }
}
