package io.culvert.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A proxy in a process of its own, started from a configuration and stopped by its handle. */
public final class ProxyNode implements AutoCloseable {
    /** The last line of a class histogram: how many objects, and their bytes. */
    private static final Pattern HEAP_TOTAL = Pattern.compile("Total\\s+\\d+\\s+(\\d+)\\s*");

    private static final Duration STARTS_WITHIN = Duration.ofMinutes(3);
    private static final Duration LOGS_WITHIN = Duration.ofSeconds(10);
    private static final Duration STOPS_WITHIN = Duration.ofSeconds(20);

    /** Vert.x's report of a loop that got no CPU: on a machine that does ten things at once it says nothing about the node. */
    private static final Pattern BLOCKED =
            Pattern.compile("(?m)^io\\.vertx\\.core\\.VertxException: Thread blocked\\R(\\tat .*\\R)*");

    /** A runtime of Go that gives up, up to the end of the goroutine at fault. */
    private static final Pattern PANIC =
            Pattern.compile("(?ms)^(panic|fatal error): .{1,6000}?(?=\\n\\ngoroutine \\d+ \\[(?!running)|\\z)");

    private final Program program;
    private final Process process;
    private final Path folder;
    private final NodeConfig config;

    private ProxyNode(Program program, Process process, Path folder, NodeConfig config) {
        this.program = program;
        this.process = process;
        this.folder = folder;
        this.config = config;
    }

    /**
     * Starts a program and waits until every listener of the configuration is open, and a Culvert says that it has started.
     *
     * @throws AssertionError with the log where it ends or does not listen in time
     */
    public static ProxyNode start(Program program, NodeConfig config) {
        return start(program, config, List.of(), config::isListening);
    }

    /** Starts a Culvert inside a network namespace, and waits until it says that it has started. */
    public static ProxyNode startIn(Namespace namespace, NodeConfig config) {
        return start(Program.CULVERT, config, namespace.inside(), () -> true);
    }

    /** Starts a Culvert with an admin server, which {@link #admin} reaches. */
    public static ProxyNode startManaged(NodeConfig config) {
        return start(Program.CULVERT, config, List.of(), config::isListening, List.of("--admin", "127.0.0.1:0"));
    }

    /**
     * Starts a Culvert with an admin server on an address of its own, as a node of a farm.
     *
     * @param inFront what runs a command where that address is, or nothing
     */
    public static ProxyNode startMember(NodeConfig config, List<String> inFront, String address) {
        BooleanSupplier listening = inFront.isEmpty() ? config::isListening : () -> true;
        return start(Program.CULVERT, config, inFront, listening, List.of("--admin", address + ":0"));
    }

    private static ProxyNode start(
            Program program, NodeConfig config, List<String> inFront, BooleanSupplier listening) {
        return start(program, config, inFront, listening, List.of());
    }

    /** @param options of Culvert beyond those that all nodes have */
    private static ProxyNode start(
            Program program, NodeConfig config, List<String> inFront, BooleanSupplier listening, List<String> options) {
        program.require();
        try {
            Path folder = Files.createTempDirectory("culvert-it-");
            Path file = Files.writeString(folder.resolve("config.json"), config.json());
            List<String> command = new ArrayList<>(inFront);
            command.addAll(program.command(file));
            command.addAll(options);
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            ProxyNode node = new ProxyNode(program, process, folder, config);
            try {
                node.awaitListeners(listening);
            } catch (AssertionError e) {
                process.destroyForcibly();
                throw e;
            }
            return node;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitListeners(BooleanSupplier listening) {
        Await.until(
                STARTS_WITHIN,
                () -> program + " does not listen on all of " + config.listeners() + "\n" + log(),
                () -> {
                    if (!process.isAlive()) {
                        throw new AssertionError(program + " ended with " + process.exitValue() + "\n" + log());
                    }
                    return listening.getAsBoolean() && (program != Program.CULVERT || log().contains(" started in "));
                });
    }

    /** The file that the node was started with. */
    public Path configFile() {
        return folder.resolve("config.json");
    }

    /** The admin API of a managed node. */
    public Admin admin() {
        return Admin.in(Program.state(configFile()));
    }

    public Program program() {
        return program;
    }

    /** Everything that the process has printed. */
    public String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the process has printed all of this: a line of its access log comes a little after what it tells of. */
    public void expectInLog(String... texts) {
        Await.until(LOGS_WITHIN, () -> "no " + List.of(texts) + " in\n" + log(), () -> {
            String log = log();
            return Stream.of(texts).allMatch(log::contains);
        });
    }

    /** Resident memory in KiB, as the kernel has it. */
    public long residentKib() {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            String line =
                    lines.filter(one -> one.startsWith("VmRSS:")).findFirst().orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", ""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Open sockets of the process, listeners among them. */
    public int openSockets() {
        try (Stream<Path> links = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return (int) links.filter(ProxyNode::isSocket).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSocket(Path link) {
        try {
            return Files.readSymbolicLink(link).toString().startsWith("socket:");
        } catch (IOException _) {
            return false; // closed between the listing and the look
        }
    }

    /** Bytes of the heap that are in use once everything else has been collected. */
    public long liveHeapBytes() {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        String pid = Long.toString(process.pid());
        Peers.run(STOPS_WITHIN, List.of(jcmd, pid, "GC.run"));
        Peers.Result histogram = Peers.run(STOPS_WITHIN, List.of(jcmd, pid, "GC.class_histogram"));
        return histogram
                .output()
                .lines()
                .map(HEAP_TOTAL::matcher)
                .filter(Matcher::matches)
                .mapToLong(total -> Long.parseLong(total.group(1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError(histogram.output()));
    }

    /** Fails unless the number of open sockets comes back to what it was, within the time. */
    public void expectSocketsBackTo(int before, Duration within) {
        Await.until(
                within,
                () -> program + " holds " + openSockets() + " sockets, " + before + " before",
                () -> openSockets() <= before);
    }

    /** Fails where the log of a Culvert shows a fault of its own: a stack trace, a leaked buffer; or takes a peer's for one. */
    public void expectCleanLog() {
        if (program != Program.CULVERT) {
            return;
        }
        String log = BLOCKED.matcher(log()).replaceAll("");
        for (String sign : List.of("LEAK", "\tat ", "Exception", "StackOverflow", "OutOfMemory")) {
            if (log.contains(sign)) {
                throw new AssertionError("'" + sign.strip() + "' in the log of " + program + ":\n" + log);
            }
        }
        if (log.lines().anyMatch(line -> line.contains("[Error]") && line.contains("failed with error("))) {
            throw new AssertionError("a broken connection is an error in the log of " + program + ":\n" + log);
        }
    }

    /** Kills the process with SIGKILL, as a crash would. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** Sends SIGTERM and returns the exit code. */
    public int terminate() {
        process.destroy();
        return awaitExit();
    }

    /** Sends SIGTERM and does not wait. */
    public void beginToStop() {
        process.destroy();
    }

    /** Freezes the process as a long pause would, or lets it go on. */
    public void freeze(boolean frozen) {
        String signal = frozen ? "-STOP" : "-CONT";
        Peers.Result result = Peers.run(STOPS_WITHIN, List.of("/bin/kill", signal, Long.toString(process.pid())));
        if (result.exitCode() != 0) {
            throw new AssertionError("kill " + signal + ": " + result.output());
        }
    }

    /** The process's id. */
    public long pid() {
        return process.pid();
    }

    /** Whether the process runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** What a V2Ray that is dead by a panic has said of it: the cause and the first goroutine. Empty for all others. */
    public String panic() {
        Matcher panic = PANIC.matcher(program == Program.V2RAY && !process.isAlive() ? log() : "");
        return panic.find() ? panic.group() + "\n" : "";
    }

    /** Waits for its end, which has been asked for, and returns the exit code. */
    public int awaitExit() {
        try {
            if (!process.waitFor(STOPS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(program + " did not stop within " + STOPS_WITHIN + "\n" + log());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Stops the process at once and removes its files. */
    @Override
    public void close() {
        process.destroyForcibly();
        awaitExit();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList().reversed()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
