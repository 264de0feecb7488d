package io.culvert.config.reader;

import io.culvert.config.LogConfig;
import io.culvert.config.Position;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The {@code log} section. */
final class LogReader {
    private static final List<String> LEVELS = List.of("debug", "info", "warning", "error", "none");

    private LogReader() {}

    static LogConfig read(@Nullable Fields log, Report report) {
        if (log == null) {
            return LogConfig.ABSENT;
        }
        LogConfig.Level level = level(log, report);
        String access = log.text("access");
        String error = log.text("error");
        log.finish();
        return level == LogConfig.Level.NONE
                ? new LogConfig("none", "none", level)
                : new LogConfig(access, error, level, position(log, "access"), position(log, "error"));
    }

    private static Position position(Fields log, String key) {
        return log.has(key) ? log.spotOf(key).position() : Position.NONE;
    }

    private static LogConfig.Level level(Fields log, Report report) {
        String word = log.text("loglevel").toLowerCase(Locale.ROOT);
        return switch (word) {
            case "debug" -> LogConfig.Level.DEBUG;
            case "info" -> LogConfig.Level.INFO;
            case "error" -> LogConfig.Level.ERROR;
            case "none" -> LogConfig.Level.NONE;
            case "", "warning" -> LogConfig.Level.WARNING;
            default -> {
                report.warning(
                        log.spotOf("loglevel"),
                        Words.quoted(word) + " is not a log level, \"warning\" is used"
                                + Words.didYouMean(word, LEVELS));
                yield LogConfig.Level.WARNING;
            }
        };
    }
}
