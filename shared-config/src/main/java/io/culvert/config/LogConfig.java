package io.culvert.config;

/**
 * The {@code log} section.
 *
 * @param access where access lines go: a file, {@code ""} for the console, {@code "none"} for nowhere
 * @param error where other lines go: the same forms
 * @param level the least that is logged
 * @param accessAt where {@code access} is configured
 * @param errorAt where {@code error} is
 */
public record LogConfig(String access, String error, Level level, Position accessAt, Position errorAt) {
    public LogConfig(String access, String error, Level level) {
        this(access, error, level, Position.NONE, Position.NONE);
    }

    public enum Level {
        DEBUG,
        INFO,
        WARNING,
        ERROR,
        NONE
    }

    /** What V2Ray does without a {@code log} section: no access log, errors at warning on the console. */
    public static final LogConfig ABSENT = new LogConfig("none", "", Level.WARNING);
}
