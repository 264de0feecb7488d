package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.transport.testkit.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The process as the system sees it: its page, its signals, its exit status. A process starts with the dispositions of signals
 * that its parent had: whether SIGINT was ignored for whoever started the tests (nohup, a script's background) must not matter,
 * so each process here is given its own.
 */
class ProcessIT {
    private static final int SECONDS = 60;
    private static final String DEFAULT = "--default-signal=INT,HUP,USR1";
    private static final String IGNORED = "--ignore-signal=INT";

    @TempDir
    private Path folder = Path.of("");

    private Process start(int live) throws Exception {
        return start(live, DEFAULT);
    }

    /** @param disposition of signals, as an option of GNU's {@code env} */
    private Process start(int live, String disposition) throws Exception {
        return new ProcessBuilder(demo(live, disposition))
                .redirectErrorStream(true)
                .start();
    }

    /** @param options of {@code up} */
    private List<String> demo(int live, String disposition, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                Integer.toString(live), "--state", folder.resolve("state").toString()));
        arguments.addAll(List.of(options));
        return command(disposition, DemoMain.class, arguments.toArray(String[]::new));
    }

    private Process join(String... options) throws Exception {
        return new ProcessBuilder(demo(0, DEFAULT, options))
                .redirectErrorStream(true)
                .start();
    }

    private static List<String> command(String disposition, Class<?> main, String... arguments) throws Exception {
        assumeTrue(
                end(new ProcessBuilder("env", disposition, "true").start()) == 0,
                "skipped: the env of this system cannot set what a signal does");
        List<String> command = new ArrayList<>(List.of(
                "env",
                disposition,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The next line that begins so. A process that stays silent is ended at the deadline, which ends its output. */
    private static String until(Process process, BufferedReader out, String begin) throws Exception {
        CompletableFuture<Boolean> deadline =
                new CompletableFuture<Boolean>().completeOnTimeout(true, SECONDS, TimeUnit.SECONDS);
        deadline.thenAccept(late -> {
            if (late) {
                process.destroyForcibly();
            }
        });
        StringBuilder seen = new StringBuilder();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            seen.append(line).append('\n');
            if (line.startsWith(begin)) {
                deadline.complete(false);
                return line;
            }
        }
        throw new AssertionError("no line begins with " + begin + ", and it ended with " + end(process) + ":\n" + seen);
    }

    private static void signal(Process process, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(end(kill)).isZero();
    }

    private static int end(Process process) throws Exception {
        assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void termEndsItWithStatus0AndThePageIsThere() throws Exception {
        Process process = start(0);
        try (BufferedReader out = process.inputReader()) {
            String[] words = until(process, out, "try  curl").split("[:/ ]", -1);
            until(process, out, "stop with");
            int port = Integer.parseInt(Arrays.asList(words).get(words.length - 2));
            try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
                socket.setSoTimeout(SECONDS * 1_000);
                socket.getOutputStream()
                        .write("GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                String page = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(page).startsWith("HTTP/1.1 200 ").contains(" is up");
            }
            signal(process, "TERM");
            assertThat(end(process)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aSecondSignalDoesNotWaitForSessions() throws Exception {
        Process process = start(1);
        try (BufferedReader out = process.inputReader()) {
            until(process, out, "stop with");
            signal(process, "INT");
            until(process, out, "stopping:");
            signal(process, "TERM");
            assertThat(end(process)).isEqualTo(143);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whereInterruptsAreIgnoredItStaysUntilTerm() throws Exception {
        Process process = start(0, IGNORED);
        try (BufferedReader out = process.inputReader()) {
            until(process, out, "stop with");
            signal(process, "INT");
            assertThat(process.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
            signal(process, "TERM");
            assertThat(end(process)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void withoutATerminalSignalsOpenTheLogsAgainAndReadTheConfiguration() throws Exception {
        Path access = folder.resolve("access.log");
        Path error = folder.resolve("error.log");
        Path config = folder.resolve("config.json");
        String text = "{\"log\": {\"loglevel\": \"LEVEL\", \"access\": \"" + access + "\", \"error\": \"" + error
                + "\"}, \"inbounds\": [], \"outbounds\": [{\"protocol\": \"freedom\"}]}";
        Files.writeString(config, text.replace("LEVEL", "info"));
        Process process = new ProcessBuilder(command(DEFAULT, Main.class, "run", "-c", config.toString()))
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = process.inputReader()) {
            until(process, out, "culvert ");
            Files.move(access, Path.of(access + ".1"));
            Files.move(error, Path.of(error + ".1"));
            signal(process, "USR1");
            Await.until("the logs are opened again", () -> Files.exists(access) && said(error, "opened again"));
            signal(process, "HUP");
            Await.until("the configuration is read again", () -> said(error, "nothing has changed"));
            Files.writeString(config, "{");
            signal(process, "HUP");
            Await.until("it says what is wrong", () -> said(error, "is not applied"));
            signal(process, "TERM");
            assertThat(end(process)).isZero();
        } finally {
            process.destroyForcibly();
        }
        assertThat(Files.getPosixFilePermissions(access)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    private static boolean said(Path log, String words) {
        try {
            return Files.readString(log).contains(words);
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void aTerminalThatIsGoneDrains() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "skipped: there is no script to make a terminal");
        // The shell behind script writes the process's own id: it becomes that process.
        String command = demo(0, DEFAULT).stream().collect(Collectors.joining("' '", "echo pid $$; exec '", "'"));
        Process terminal = new ProcessBuilder("/usr/bin/script", "-qec", command, "/dev/null")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = terminal.inputReader()) {
            long pid = Long.parseLong(
                    until(terminal, out, "pid ").substring("pid ".length()).strip());
            ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
            try {
                until(terminal, out, "stop with");
                assertThat(end(new ProcessBuilder("kill", "-HUP", Long.toString(pid)).start()))
                        .isZero();
                until(terminal, out, "stopping:");
                assertThat(end(terminal)).isZero();
            } finally {
                process.destroyForcibly();
            }
        } finally {
            terminal.destroyForcibly();
        }
    }

    /** Who meets nobody looks for 15 s: another one starts meanwhile. */
    @Test
    void whoJoinsMeetsSomebodyOrDoesNotStart() throws Exception {
        Process first = start(0);
        List<Process> others = new ArrayList<>();
        try (BufferedReader one = first.inputReader()) {
            String[] words = until(first, one, "join ").split(" ", -1);
            String address = words[Arrays.asList(words).indexOf("--join") + 1];
            // Port 1 is nobody's.
            Process lonely = join("--join", "127.0.0.1:1");
            others.add(lonely);
            Process second = join("--join", address);
            others.add(second);
            try (BufferedReader two = second.inputReader();
                    BufferedReader three = lonely.inputReader()) {
                assertThat(until(second, two, "joining farm")).endsWith(": asking " + address + " …");
                assertThat(until(second, two, "farm "))
                        .contains("(router,egress) at 127.0.0.1:")
                        .endsWith(": node-1");
                assertThat(until(lonely, three, "culvert: "))
                        .startsWith("culvert: no other node of farm culvert-up was met within 15 s at 127.0.0.1:1;")
                        .contains(address)
                        .endsWith("; --alone-ok starts the node all the same");
            }
            assertThat(end(lonely)).isEqualTo(69);
            signal(first, "TERM");
            assertThat(end(first)).isZero();
        } finally {
            first.destroyForcibly();
            others.forEach(Process::destroyForcibly);
        }
    }

    @Test
    void twoAtOnceAreTheSameUserAndBothRun() throws Exception {
        Process first = start(0);
        Process second = start(0);
        try (BufferedReader one = first.inputReader();
                BufferedReader two = second.inputReader()) {
            String[] ones = until(first, one, "vless://").split("[@?]", -1);
            String[] twos = until(second, two, "vless://").split("[@?]", -1);
            assertThat(twos[0]).isEqualTo(ones[0]);
            until(first, one, "stop with");
            until(second, two, "stop with");
            signal(first, "TERM");
            signal(second, "TERM");
            assertThat(end(first)).isZero();
            assertThat(end(second)).isZero();
        } finally {
            first.destroyForcibly();
            second.destroyForcibly();
        }
    }
}
