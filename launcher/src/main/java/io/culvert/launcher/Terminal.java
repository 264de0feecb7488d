package io.culvert.launcher;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether somebody sits in front of the process. */
final class Terminal {
    /** Where Linux says what standard input is. */
    private static final Path STANDARD_INPUT = Path.of("/proc/self/fd/0");

    private Terminal() {}

    /** Whether standard input is a terminal now; one that has hung up is none any more. */
    static boolean isStandardInput() {
        try {
            String name = Files.readSymbolicLink(STANDARD_INPUT).toString();
            return name.startsWith("/dev/pts/") || name.startsWith("/dev/tty") || name.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException _) {
            // Not Linux: the JDK knows of input and output together.
            return Optional.ofNullable(System.console())
                    .map(Console::isTerminal)
                    .orElse(false);
        }
    }
}
