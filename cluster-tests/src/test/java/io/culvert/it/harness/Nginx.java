package io.culvert.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** An nginx in a process and a folder of its own, for the time of a test. */
public final class Nginx implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(20);

    private final Process process;
    private final Path folder;

    private Nginx(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
    }

    /**
     * Starts one; skips the test where there is none.
     *
     * @param port one that it listens on
     * @param servers what stands in its {@code http} block
     */
    public static Nginx start(int port, String servers) {
        Path program = Peers.require("nginx");
        try {
            Path folder = Files.createTempDirectory("culvert-it-nginx-");
            StringBuilder config = new StringBuilder(
                    "daemon off; master_process off; pid nginx.pid; events {}\nhttp { access_log off;\n");
            for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
                config.append(kind)
                        .append("_temp_path ")
                        .append(folder.resolve(kind))
                        .append(";\n");
            }
            Path file = Files.writeString(
                    folder.resolve("nginx.conf"),
                    config.append(servers).append("\n}\n").toString());
            Path log = folder.resolve("log");
            Process process = new ProcessBuilder(
                            program.toString(),
                            "-p",
                            folder.toString(),
                            "-c",
                            file.toString(),
                            "-e",
                            folder.resolve("error.log").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            Nginx nginx = new Nginx(process, folder);
            Await.until(
                    WITHIN,
                    () -> "nginx does not listen:\n" + read(log),
                    () -> Ports.listening().contains(port));
            return nginx;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the process runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        Await.until(WITHIN, () -> "nginx does not end", () -> !process.isAlive());
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
