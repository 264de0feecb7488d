package io.culvert.config;

/**
 * The {@code log} section.
 *
 * @param access where access lines go: a file, {@code ""} for the console, {@code "none"} for nowhere
 * @param error where other lines go: the same forms
 * @param level the least that is logged
 * @param format how lines are written, in files and on the console
 * @param rotation how long files may get
 * @param accessAt where {@code access} is configured
 * @param errorAt where {@code error} is
 */
public record LogConfig(
        String access,
        String error,
        Level level,
        Format format,
        Rotation rotation,
        Position accessAt,
        Position errorAt) {
    public LogConfig(String access, String error, Level level) {
        this(access, error, level, Format.TEXT, Rotation.NONE, Position.NONE, Position.NONE);
    }

    public enum Level {
        DEBUG,
        INFO,
        WARNING,
        ERROR,
        NONE
    }

    /** How a line is written. */
    public enum Format {
        /** As V2Ray does. */
        TEXT,
        /** An object a line. */
        JSON
    }

    /**
     * How long a log's file may get; it is then renamed to {@code NAME.1}, what that was to {@code NAME.2}, and so on.
     *
     * @param maxBytes 0 for no limit
     * @param keep how many renamed files stay
     */
    public record Rotation(long maxBytes, int keep) {
        public static final int DEFAULT_KEEP = 5;

        public static final int MOST_KEPT = 1_000;

        /** The largest {@code maxSizeMB}: a TiB. */
        public static final int MOST_MEGABYTES = 1 << 20;

        /** Files grow without end, as V2Ray's do. */
        public static final Rotation NONE = new Rotation(0, DEFAULT_KEEP);
    }

    /** What V2Ray does without a {@code log} section: no access log, errors at warning on the console. */
    public static final LogConfig ABSENT = new LogConfig("none", "", Level.WARNING);

    /** The same with another level. */
    public LogConfig with(Level other) {
        return new LogConfig(access, error, other, format, rotation, accessAt, errorAt);
    }
}
