package io.culvert.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The folder {@code ../shared} beside a developer's checkout, which a user's machine does not have. */
public final class Shared {
    private Shared() {}

    /** A path under {@code ../shared}; skips the test, saying so, where it is absent. */
    public static Path path(String relative) {
        String root = System.getProperty("culvert.root", "");
        Path path = Path.of(root.isEmpty() ? "." : root)
                .toAbsolutePath()
                .resolveSibling("shared")
                .resolve(relative);
        Assumptions.assumeTrue(
                Files.exists(path), () -> "skipped: ../shared/" + relative + " is not beside this checkout");
        return path;
    }
}
