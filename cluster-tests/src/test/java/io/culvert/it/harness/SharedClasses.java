package io.culvert.it.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An archive of the product's classes (CDS), as {@code ./culvert} makes one: the scenarios start hundreds of nodes, each of
 * which then takes half the CPU until it serves. It is made once in a run, by a node that starts and ends.
 */
final class SharedClasses {
    private static final int MOST_SECONDS = 120;

    private static @Nullable List<String> made;

    private SharedClasses() {}

    /**
     * The options that use it, none where there can be none.
     *
     * @param command that runs a node, up to the configuration's path
     */
    static synchronized List<String> options(List<String> command) {
        if (made == null) {
            made = make(command);
        }
        return made;
    }

    private static List<String> make(List<String> command) {
        try {
            Path folder = Files.createTempDirectory("culvert-classes-");
            folder.toFile().deleteOnExit();
            Path config = Files.writeString(folder.resolve("config.json"), config());
            Path archive = folder.resolve("classes.jsa");
            archive.toFile().deleteOnExit();
            List<String> rehearsal = new ArrayList<>(command);
            rehearsal.add(1, "-XX:ArchiveClassesAtExit=" + archive);
            rehearsal.add(config.toString());
            run(rehearsal);
            Files.delete(config);
            // A class path with folders in it, as in an IDE, cannot be archived.
            return Files.exists(archive)
                    ? List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds*=off", "-Xlog:class+path=off")
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String config() {
        String user = ProtocolCase.VMESS_AES_128_GCM.outbound("127.0.0.1", 1);
        return new NodeConfig()
                .inbound("socks", Ports.free(), "socks", "{udp: true}")
                .inbound("vmess", "127.0.0.1", Ports.free(), "vmess", "{clients: []}", "{network: 'ws'}")
                .outbound("vmess", "vmess", user)
                .outbound("free", "freedom", "{}")
                .json();
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader said = process.inputReader()) {
            StringBuilder all = new StringBuilder();
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                all.append(line).append('\n');
                if (line.contains("started in")) {
                    // Not by the process itself, which would close what is being read.
                    process.toHandle().destroy();
                }
            }
            if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the node that was to show its classes does not end: " + all);
            }
            if (!all.toString().contains("started in")) {
                throw new AssertionError("the node that was to show its classes did not start: " + all);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
        }
    }
}
