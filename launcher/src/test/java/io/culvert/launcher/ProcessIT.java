package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The process as the system sees it: its page, its signals, its exit status. A process starts with the dispositions of signals
 * that its parent had: whether SIGINT was ignored for whoever started the tests (nohup, a script's background) must not matter,
 * so each process here is given its own.
 */
class ProcessIT {
    private static final int SECONDS = 60;
    private static final String DEFAULT = "--default-signal=INT";
    private static final String IGNORED = "--ignore-signal=INT";

    @TempDir
    private Path folder = Path.of("");

    private Process start(int live) throws Exception {
        return start(live, DEFAULT);
    }

    /** @param disposition of SIGINT, as an option of GNU's {@code env} */
    private Process start(int live, String disposition) throws Exception {
        assumeTrue(
                end(new ProcessBuilder("env", disposition, "true").start()) == 0,
                "skipped: the env of this system cannot set what a signal does");
        return new ProcessBuilder(
                        "env",
                        disposition,
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DemoMain.class.getName(),
                        Integer.toString(live),
                        folder.resolve("state").toString())
                .redirectErrorStream(true)
                .start();
    }

    /** The next line that begins so. A process that stays silent is ended at the deadline, which ends its output. */
    private static String until(Process process, BufferedReader out, String begin) throws IOException {
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
        throw new AssertionError("no line begins with " + begin + ":\n" + seen);
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
