package io.culvert.launcher.log;

import io.culvert.config.LogConfig;
import io.culvert.config.LogConfig.Format;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.jspecify.annotations.Nullable;

/**
 * Sets up logging from the {@code log} section, in V2Ray's line format, {@code 2026/11/20 08:47:54 [Warning] text}, or as an object
 * a line.
 */
public final class Logs {
    private static final String TEXT = "%d{yyyy/MM/dd HH:mm:ss} "
            + "[%level{FATAL=Error, ERROR=Error, WARN=Warning, INFO=Info, DEBUG=Debug, TRACE=Debug}] "
            + "%replace{%msg}{[\\p{Cntrl}&&[^\\t]]}{?}%n%throwable";
    private static final String JSON = "{\"time\":\"%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX}\","
            + "\"level\":\"%level{FATAL=error, ERROR=error, WARN=warning, INFO=info, DEBUG=debug, TRACE=debug}\","
            + "\"logger\":\"%enc{%logger}{JSON}\",\"message\":\"%enc{%msg}{JSON}\""
            + "%notEmpty{,\"stack\":\"%enc{%throwable}{JSON}\"}}%n";
    private static final String APPENDER = "error";
    private static final String NOWHERE = "none";

    /** Libraries whose words at info and below are for their own developers. */
    private static final List<String> NOISY = List.of("io.netty", "io.vertx", "io.micrometer");

    private static volatile @Nullable ReopeningAppender file;

    private Logs() {}

    /**
     * Replaces whatever logging there was.
     *
     * @throws IOException where the log's file cannot be opened
     */
    public static void configure(LogConfig config) throws IOException {
        check(config.error());
        BuiltConfiguration built = loggers(config);
        Appender appender = appender(config, built);
        file = appender instanceof ReopeningAppender opened ? opened : null;
        appender.start();
        built.addAppender(appender);
        built.getRootLogger().addAppender(appender, null, null);
        Configurator.reconfigure(built);
    }

    private static BuiltConfiguration loggers(LogConfig config) {
        ConfigurationBuilder<BuiltConfiguration> builder = ConfigurationBuilderFactory.newConfigurationBuilder();
        Level level = config.error().equals(NOWHERE) ? Level.OFF : level(config.level());
        // Errors of the logging itself only: the JVM ends in our own order, so there is no hook.
        builder.setStatusLevel(Level.ERROR).setShutdownHook("disable");
        // The farm says in its own words who comes, goes, and may not join.
        Level farm = level.equals(Level.DEBUG) ? Level.INFO : Level.OFF;
        Level noise = level.isMoreSpecificThan(Level.WARN) ? level : Level.WARN;
        NOISY.forEach(name -> builder.add(builder.newLogger(name, noise)));
        // A host without a hardware address, such as a container with loopback alone, lacks nothing: Netty takes random
        // bytes.
        builder.add(builder.newLogger("io.netty.util.internal.MacAddressUtil", Level.OFF));
        // Whoever is accepted in the moment in which a listener closes is no fault.
        builder.add(builder.newLogger("io.netty.bootstrap.ServerBootstrap", farm))
                .add(builder.newLogger("com.hazelcast", farm))
                .add(builder.newLogger("io.vertx.core.eventbus.impl.clustered", farm))
                // What breaks between two nodes when one of them dies: NodeDirectory says who has gone.
                .add(builder.newLogger("io.vertx.core.net.impl.ConnectionBase", farm))
                // An announcement that arrives while this node leaves has nobody left to hear it.
                .add(builder.newLogger("io.vertx.core.eventbus.impl.MessageConsumerImpl", farm))
                .add(builder.newRootLogger(level));
        return builder.build();
    }

    private static Appender appender(LogConfig config, Configuration built) throws IOException {
        PatternLayout layout = PatternLayout.newBuilder()
                .setConfiguration(built)
                .setPattern(config.format() == Format.JSON ? JSON : TEXT)
                .setCharset(StandardCharsets.UTF_8)
                .setAlwaysWriteExceptions(false)
                .build();
        return isFile(config.error())
                ? new ReopeningAppender(APPENDER, Path.of(config.error()), config.rotation(), layout, built)
                : ConsoleAppender.newBuilder()
                        .setName(APPENDER)
                        .setLayout(layout)
                        .setConfiguration(built)
                        .setTarget(ConsoleAppender.Target.SYSTEM_OUT)
                        .setFollow(true)
                        .build();
    }

    /** Another level for the log that there is. */
    public static void level(LogConfig config) {
        Level level = config.error().equals(NOWHERE) ? Level.OFF : level(config.level());
        if (!level.equals(LogManager.getRootLogger().getLevel())) {
            Level noise = level.isMoreSpecificThan(Level.WARN) ? level : Level.WARN;
            Configurator.setRootLevel(level);
            NOISY.forEach(name -> Configurator.setLevel(name, noise));
        }
    }

    /**
     * Has lines from now on written to the file that has the log's name now.
     *
     * @throws IOException where it cannot be opened; the log stays in its file then
     */
    public static void reopen() throws IOException {
        ReopeningAppender open = file;
        if (open != null) {
            open.reopen();
        }
    }

    /**
     * Opens the access log.
     *
     * @throws IOException where its file cannot be opened
     */
    public static AccessLog access(LogConfig config) throws IOException {
        return switch (config.access()) {
            case NOWHERE -> AccessLog.none();
            case "" -> access(new Console(), config);
            default -> {
                check(config.access());
                yield access(new LogFile(Path.of(config.access()), config.rotation()), config);
            }
        };
    }

    private static AccessLog access(LineSink sink, LogConfig config) {
        return new AccessLog(sink, config.format(), System::currentTimeMillis, ZoneId.systemDefault());
    }

    /** Writes what is left and stops logging. */
    public static void close() {
        LogManager.shutdown();
    }

    private static boolean isFile(String target) {
        return !target.isEmpty() && !target.equals(NOWHERE);
    }

    private static Level level(LogConfig.Level level) {
        return switch (level) {
            case DEBUG -> Level.DEBUG;
            case INFO -> Level.INFO;
            case WARNING -> Level.WARN;
            case ERROR -> Level.ERROR;
            case NONE -> Level.OFF;
        };
    }

    /** Why lines cannot be written to a target of the {@code log} section, or null where they can. Nothing is made or written. */
    public static @Nullable String fault(String target) {
        if (!isFile(target)) {
            return null;
        }
        try {
            Path file = Path.of(target);
            Path folder = file.toAbsolutePath().getParent();
            if (Files.exists(file)) {
                String unwritable = Files.isWritable(file) ? null : file + ": permission denied";
                return Files.isDirectory(file) ? file + ": it is a folder" : unwritable;
            }
            if (folder == null || !Files.isDirectory(folder)) {
                return file + ": the folder " + folder + " does not exist";
            }
            return Files.isWritable(folder) ? null : file + ": permission denied in the folder " + folder;
        } catch (InvalidPathException _) {
            return "this is no name of a file";
        }
    }

    private static void check(String target) throws IOException {
        String fault = fault(target);
        if (fault != null) {
            throw new IOException(fault);
        }
    }

    /** Standard output, which closing a log must not close. */
    private static final class Console implements LineSink {
        @Override
        public void write(String lines) {
            // As bytes: what the system's locale can write is no matter here.
            System.out.writeBytes(lines.getBytes(StandardCharsets.UTF_8));
            System.out.flush();
        }

        @Override
        public void reopen() {}

        @Override
        public void close() {}
    }
}
