package io.culvert.launcher.reload;

import io.culvert.config.reader.Source;
import io.culvert.files.FileFaults;
import io.culvert.launcher.files.DurableFile;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the configuration that a node took last over its restarts, with the digest of the node's own file at that time: where
 * the file is still the same, the node begins with what was applied. A line with the format and the digest of the rest, then
 * JSON; it holds the secrets of the configuration, so nobody but its owner reads it. Any thread; blocks.
 */
public final class AppliedFile {
    private static final Logger LOG = LoggerFactory.getLogger(AppliedFile.class);

    /** Changes with what is written: a file with another one is not read. */
    private static final String FORMAT = "culvert-applied 1 ";

    private static final int NAME_DIGITS = 16;

    private final Path file;
    private final String found;
    private String ownFile;
    private @Nullable Kept last;

    /**
     * @param file in a folder that exists and that only the owner enters
     * @param own the texts of the node's own file as they are now
     */
    public AppliedFile(Path file, List<Source> own) {
        this.file = file;
        this.found = digest(own);
        this.ownFile = found;
    }

    /** What tells the texts of one file from others, whatever the file is called. */
    static String digest(List<Source> sources) {
        return TextProcessor.digest(sources.stream().map(Source::text).collect(Collectors.joining("\0")));
    }

    /** A short name, in hex digits, for the files that a node was started with. */
    public static String nameOf(List<String> files) {
        return TextProcessor.digest(String.join("\0", files)).substring(0, NAME_DIGITS);
    }

    /** Where it is. */
    public Path path() {
        return file;
    }

    /** Whether the node's own file was the same as now when that was kept. */
    public boolean isOfThisFile(Kept kept) {
        return kept.ownFile().equals(found);
    }

    /** What is kept, or null where there is nothing, or nothing that can be used; the latter is said in the log. */
    public synchronized @Nullable Kept read() {
        String text;
        try {
            // What is no UTF-8 has another digest too.
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException _) {
            return null;
        } catch (IOException e) {
            LOG.error("what was applied last is not known: {}", FileFaults.of(e));
            return null;
        }
        int line = text.indexOf('\n');
        String head = line < 0 ? "" : text.substring(0, line);
        if (!head.startsWith(FORMAT)) {
            LOG.error("what was applied last is not known: {} is not of the format that this version keeps", file);
            return null;
        }
        String rest = text.substring(line + 1);
        try {
            if (!head.equals(FORMAT + TextProcessor.digest(rest))) {
                throw new DecodeException("another digest");
            }
            Kept kept = Kept.of(new JsonObject(rest));
            last = kept;
            return kept;
        } catch (DecodeException _) {
            LOG.error("what was applied last is not known: {} is damaged", file);
            return null;
        }
    }

    /** Keeps what runs now. */
    public synchronized void keep(Snapshot runs, @Nullable Earlier previous) throws IOException {
        write(new Kept(ownFile, runs.version(), runs.sources(), runs.before(), previous));
    }

    /** The node's own file counts as it was when the last configuration was kept, until {@link #taken} says otherwise. */
    public synchronized void notTaken() {
        Kept kept = last;
        if (kept != null) {
            ownFile = kept.ownFile();
        }
    }

    /** The node's own file counts as it is now: it has been applied, or says what runs already. */
    public synchronized void taken(List<Source> own) throws IOException {
        ownFile = digest(own);
        Kept kept = last;
        if (kept != null && !kept.ownFile().equals(ownFile)) {
            write(new Kept(ownFile, kept.version(), kept.sources(), kept.before(), kept.previous()));
        }
    }

    private void write(Kept kept) throws IOException {
        String rest = kept.toJson().encode() + "\n";
        DurableFile.write(file, FORMAT + TextProcessor.digest(rest) + "\n" + rest);
        last = kept;
    }
}
