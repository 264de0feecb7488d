package io.culvert.config.reader;

import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.Position;
import io.culvert.files.FileFaults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * From the words of a command line to texts, in V2Ray's order (peers section 2, ecosystem section 2.3): the files that
 * are named, then those of the folder; with none of them {@code config.json} of the working directory, then that of
 * {@code V2RAY_LOCATION_CONFIG}, then standard input. Reads files: not for an event loop.
 */
public final class ConfigFiles {
    /** What standard input is called on the command line. */
    public static final String STDIN = "stdin:";

    /** The largest file, in bytes; UTF-8 needs up to 3 for each of the characters that the loader takes. */
    private static final int MAX_BYTES = 3 * JsonTreeReader.MAX_CHARS;

    private static final String DEFAULT_NAME = "config.json";

    private final Path workingDirectory;
    private final Environment environment;
    private final InputStream stdin;
    private final List<Source> sources = new ArrayList<>();
    private final List<Diagnostic> diagnostics = new ArrayList<>();

    private ConfigFiles(Path workingDirectory, Environment environment, InputStream stdin) {
        this.workingDirectory = workingDirectory;
        this.environment = environment;
        this.stdin = stdin;
    }

    /**
     * What a command line asks for.
     *
     * @param files values of {@code -c} and {@code -config}, in order
     * @param folder the value of {@code -confdir}, or null
     * @param rest all other words, in order
     */
    public record Words(List<String> files, @Nullable String folder, List<String> rest) {
        public Words {
            files = List.copyOf(files);
            rest = List.copyOf(rest);
        }

        /** Takes {@code -c FILE}, {@code -config=FILE}, {@code --confdir FOLDER} and so on out of a command line. */
        public static Words of(List<String> words) {
            List<String> files = new ArrayList<>();
            List<String> rest = new ArrayList<>();
            String folder = null;
            for (int i = 0; i < words.size(); i++) {
                String word = words.get(i);
                int equals = word.indexOf('=');
                String option = equals < 0 ? word : word.substring(0, equals);
                boolean file = List.of("-c", "--c", "-config", "--config").contains(option);
                boolean confdir = List.of("-confdir", "--confdir", "-d").contains(option);
                if ((!file && !confdir) || (equals < 0 && i + 1 == words.size())) {
                    rest.add(word);
                    continue;
                }
                String value = equals < 0 ? words.get(++i) : word.substring(equals + 1);
                if (file) {
                    files.add(value);
                } else {
                    folder = value;
                }
            }
            return new Words(files, folder, rest);
        }
    }

    /**
     * The texts that were found.
     *
     * @param diagnostics files and folders that are missing or cannot be read
     */
    public record Found(List<Source> sources, List<Diagnostic> diagnostics) {
        public Found {
            sources = List.copyOf(sources);
            diagnostics = List.copyOf(diagnostics);
        }
    }

    /**
     * Finds and reads the texts.
     *
     * @param workingDirectory where relative names start
     * @param stdin read to its end where it is asked for
     */
    public static Found find(
            List<String> files,
            @Nullable String folder,
            Path workingDirectory,
            Environment environment,
            InputStream stdin) {
        ConfigFiles reader = new ConfigFiles(workingDirectory, environment, stdin);
        reader.readAll(files, folder);
        return new Found(reader.sources, reader.diagnostics);
    }

    /** {@link #find} and then {@link ConfigLoader#load}; with a file that cannot be read there is no configuration. */
    public static LoadResult load(
            List<String> files,
            @Nullable String folder,
            Path workingDirectory,
            Environment environment,
            InputStream stdin) {
        Found found = find(files, folder, workingDirectory, environment, stdin);
        if (found.diagnostics().isEmpty()) {
            return ConfigLoader.load(found.sources(), environment);
        }
        return new LoadResult(null, found.diagnostics());
    }

    private void readAll(List<String> files, @Nullable String folder) {
        List<String> names = new ArrayList<>(files);
        int before = diagnostics.size();
        String fromEnvironment = environment.v2rayVariable("v2ray.location.confdir");
        if (folder != null && !folder.isEmpty()) {
            names.addAll(folder(folder));
        } else if (fromEnvironment != null && isDirectory(fromEnvironment)) {
            names.addAll(folder(fromEnvironment));
        }
        if (names.isEmpty() && diagnostics.size() == before) {
            names.add(defaultName());
        }
        names.forEach(this::read);
    }

    private String defaultName() {
        if (isFile(DEFAULT_NAME)) {
            return DEFAULT_NAME;
        }
        String location = environment.v2rayVariable("v2ray.location.config");
        if (location != null && !location.isEmpty()) {
            // V2Ray's variable names the folder; a file is taken as well.
            String inside = location + (location.endsWith("/") ? "" : "/") + DEFAULT_NAME;
            if (isFile(inside)) {
                return inside;
            }
            if (isFile(location)) {
                return location;
            }
        }
        return STDIN;
    }

    private List<String> folder(String folder) {
        List<String> names = new ArrayList<>();
        try (Stream<Path> entries = Files.list(resolve(folder))) {
            entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    // V2Ray takes a folder of such a name for a file, and fails.
                    .filter(name -> !isDirectory(folder + "/" + name))
                    .sorted()
                    .forEach(name -> names.add(folder + (folder.endsWith("/") ? "" : "/") + name));
        } catch (IOException e) {
            fault(folder, "cannot read this folder: " + FileFaults.reason(e));
            return names;
        } catch (InvalidPathException _) {
            fault(folder, "this is no name of a folder");
            return names;
        }
        if (names.isEmpty()) {
            fault(folder, "this folder holds no *.json file");
        }
        return names;
    }

    private void read(String name) {
        if (name.equals(STDIN) || name.equals("stdin")) {
            text("stdin", stdin);
            return;
        }
        if (isRemote(name)) {
            fetch(name);
            return;
        }
        try {
            Path path = resolve(name);
            if (Files.isDirectory(path)) {
                fault(name, "this is a folder; use -confdir for all its *.json files");
            } else if (!Files.exists(path)) {
                fault(name, "there is no such file");
            } else if (Files.size(path) > MAX_BYTES) {
                fault(name, Files.size(path) + " bytes, and the limit is " + MAX_BYTES);
            } else {
                try (InputStream in = Files.newInputStream(path)) {
                    text(name, in);
                }
            }
        } catch (IOException e) {
            fault(name, "cannot read this file: " + FileFaults.reason(e));
        } catch (InvalidPathException _) {
            fault(name, "this is no name of a file");
        }
    }

    /** Whether a name is an address to load from. */
    public static boolean isRemote(String name) {
        return name.startsWith("http://") || name.startsWith("https://");
    }

    private void fetch(String address) {
        try {
            sources.add(new Source(address, new String(ConfigFetch.get(address, MAX_BYTES), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            fault(address, "cannot be loaded: " + FileFaults.reason(e));
        }
    }

    private void text(String name, InputStream in) {
        try {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                fault(name, "larger than " + MAX_BYTES + " bytes, the limit");
            } else {
                sources.add(new Source(name, new String(bytes, StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            fault(name, "cannot be read to its end: " + FileFaults.reason(e));
        }
    }

    private void fault(String name, String message) {
        diagnostics.add(new Diagnostic(Severity.ERROR, new Position(name, 1, 1, ""), message));
    }

    private Path resolve(String name) {
        return workingDirectory.resolve(name);
    }

    private boolean isFile(String name) {
        try {
            return Files.isRegularFile(resolve(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private boolean isDirectory(String name) {
        try {
            return Files.isDirectory(resolve(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
