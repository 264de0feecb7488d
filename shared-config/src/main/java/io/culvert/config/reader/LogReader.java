package io.culvert.config.reader;

import io.culvert.config.LogConfig;
import io.culvert.config.LogConfig.Rotation;
import io.culvert.config.Position;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The {@code log} section; {@code format}, {@code maxSizeMB} and {@code keep} are Culvert's own. */
final class LogReader {
    private static final List<String> LEVELS = List.of("debug", "info", "warning", "error", "none");
    private static final List<String> FORMATS = List.of("text", "json");
    private static final String NOWHERE = "none";

    private LogReader() {}

    static LogConfig read(@Nullable Fields log, Report report) {
        if (log == null) {
            return LogConfig.ABSENT;
        }
        LogConfig.Level level = level(log, report);
        String access = log.text("access");
        String error = log.text("error");
        LogConfig.Format format = format(log, report);
        Rotation rotation = rotation(log, report, access, error);
        log.finish();
        return level == LogConfig.Level.NONE
                ? new LogConfig(NOWHERE, NOWHERE, level)
                : new LogConfig(
                        access, error, level, format, rotation, position(log, "access"), position(log, "error"));
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
            case NOWHERE -> LogConfig.Level.NONE;
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

    private static LogConfig.Format format(Fields log, Report report) {
        String word = log.text("format").toLowerCase(Locale.ROOT);
        return switch (word) {
            case "", "text" -> LogConfig.Format.TEXT;
            case "json" -> LogConfig.Format.JSON;
            default -> {
                report.error(
                        log.spotOf("format"),
                        Words.quoted(word) + " is not a format of the log" + Words.didYouMean(word, FORMATS));
                yield LogConfig.Format.TEXT;
            }
        };
    }

    private static Rotation rotation(Fields log, Report report, String access, String error) {
        Long megabytes = log.numberOrNull("maxSizeMB", 1, Rotation.MOST_MEGABYTES);
        Long keep = log.numberOrNull("keep", 1, Rotation.MOST_KEPT);
        if (megabytes == null) {
            if (keep != null && !log.has("maxSizeMB")) {
                report.warning(log.spotOf("keep"), "without \"maxSizeMB\" no file is renamed, and none need be kept");
            }
            return Rotation.NONE;
        }
        if (!isFile(access) && !isFile(error)) {
            report.warning(log.spotOf("maxSizeMB"), "it has no effect: neither log is a file");
        } else if (isFile(access) && isFile(error) && isSame(access, error)) {
            report.error(
                    log.spotOf("maxSizeMB"),
                    "\"access\" and \"error\" are one file, which only one of them can rename");
        }
        return new Rotation(megabytes << 20, keep == null ? Rotation.DEFAULT_KEEP : Math.toIntExact(keep));
    }

    private static boolean isFile(String target) {
        return !target.isEmpty() && !target.equals(NOWHERE);
    }

    private static boolean isSame(String one, String other) {
        try {
            return Path.of(one)
                    .toAbsolutePath()
                    .normalize()
                    .equals(Path.of(other).toAbsolutePath().normalize());
        } catch (InvalidPathException _) {
            // Said where the files are opened.
            return false;
        }
    }
}
