package io.culvert.config.reader;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the loader may ask of the machine: variables (for {@code env:NAME} ports) and whether a file can be read. */
public interface Environment {

    /** The value of an environment variable, or null where it is not set. */
    @Nullable
    String variable(String name);

    /** Whether a certificate or key file can be read; a relative name starts at the working directory. */
    boolean readable(String file);

    /**
     * One of V2Ray's own variables in either spelling: {@code v2ray.location.asset} or {@code V2RAY_LOCATION_ASSET}
     * (wire-formats section 19).
     */
    default @Nullable String v2rayVariable(String dotted) {
        String value = variable(dotted);
        return value != null ? value : variable(dotted.replace('.', '_').toUpperCase(Locale.ROOT));
    }

    /** The environment of this process. */
    static Environment ofProcess() {
        return new Environment() {
            @Override
            public @Nullable String variable(String name) {
                return System.getenv(name);
            }

            @Override
            public boolean readable(String file) {
                try {
                    Path path = Path.of(file);
                    return Files.isRegularFile(path) && Files.isReadable(path);
                } catch (InvalidPathException e) {
                    return false;
                }
            }
        };
    }
}
