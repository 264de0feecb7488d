package io.culvert.launcher.log;

import io.culvert.config.LogConfig.Rotation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.logging.log4j.core.AbstractLifeCycle;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.appender.FileAppender;
import org.apache.logging.log4j.core.appender.RollingFileAppender;
import org.apache.logging.log4j.core.appender.rolling.DefaultRolloverStrategy;
import org.apache.logging.log4j.core.appender.rolling.SizeBasedTriggeringPolicy;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.jspecify.annotations.Nullable;

/**
 * Log4j2's own appender of files, in one that can let go of its file while lines come: Log4j2 keeps what it has opened by name, and
 * a change of its configuration to the same name would go on with the old file. No line is lost between the two.
 */
final class ReopeningAppender extends AbstractAppender {
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final Path file;
    private final Rotation rotation;
    private final PatternLayout layout;
    private final Configuration configuration;
    private @Nullable Appender current;

    /** @throws IOException where the file cannot be opened */
    ReopeningAppender(String name, Path file, Rotation rotation, PatternLayout layout, Configuration configuration)
            throws IOException {
        super(name, null, layout, true, Property.EMPTY_ARRAY);
        this.file = file;
        this.rotation = rotation;
        this.layout = layout;
        this.configuration = configuration;
        this.current = open();
    }

    /**
     * Lets go of the file, and opens what has its name now.
     *
     * @throws IOException where that cannot be opened; the file that was stays open then
     */
    void reopen() throws IOException {
        LogFile.make(file);
        lock.writeLock().lock();
        try {
            stop(current);
            current = open();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private Appender open() throws IOException {
        LogFile.make(file);
        // What is no regular file, such as /dev/stdout, is never renamed.
        Appender opened = rotation.maxBytes() > 0 && Files.isRegularFile(file) ? rolling() : plain();
        opened.start();
        return opened;
    }

    private Appender plain() throws IOException {
        return opened(FileAppender.newBuilder()
                .setName(getName())
                .setLayout(layout)
                .setConfiguration(configuration)
                .setFileName(file.toString())
                .build());
    }

    private Appender rolling() throws IOException {
        return opened(RollingFileAppender.newBuilder()
                .setName(getName())
                .setLayout(layout)
                .setConfiguration(configuration)
                .setFileName(file.toString())
                // A per cent sign begins a pattern there.
                .setFilePattern(file.toString().replace("%", "%%") + ".%i")
                .setFilePermissions(PosixFilePermissions.toString(LogFile.modeOf(file)))
                .setPolicy(SizeBasedTriggeringPolicy.createPolicy(Long.toString(rotation.maxBytes())))
                .setStrategy(DefaultRolloverStrategy.newBuilder()
                        .setConfig(configuration)
                        .setFileIndex("min")
                        .setMin("1")
                        .setMax(Integer.toString(rotation.keep()))
                        .build())
                .build());
    }

    private Appender opened(@Nullable Appender appender) throws IOException {
        if (appender == null) {
            throw new IOException(file + ": it cannot be opened");
        }
        return appender;
    }

    @Override
    public void append(LogEvent event) {
        lock.readLock().lock();
        try {
            if (current != null) {
                current.append(event);
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public boolean stop(long timeout, TimeUnit unit) {
        setStopping();
        boolean stopped = super.stop(timeout, unit, false);
        lock.writeLock().lock();
        try {
            stop(current);
        } finally {
            lock.writeLock().unlock();
        }
        setStopped();
        return stopped;
    }

    private static void stop(@Nullable Appender appender) {
        if (appender instanceof AbstractLifeCycle running) {
            running.stop(AbstractLifeCycle.DEFAULT_STOP_TIMEOUT, AbstractLifeCycle.DEFAULT_STOP_TIMEUNIT);
        } else if (appender != null) {
            appender.stop();
        }
    }
}
