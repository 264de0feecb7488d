package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process as the system sees it: its page, its signals, its exit status. */
class ProcessIT {
    private static final int SECONDS = 60;

    @TempDir
    private Path folder = Path.of("");

    private Process start(int live) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DemoMain.class.getName(),
                        Integer.toString(live),
                        folder.resolve("state").toString())
                .redirectErrorStream(true)
                .start();
    }

    private static String until(BufferedReader out, String begin) throws IOException {
        StringBuilder seen = new StringBuilder();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            seen.append(line).append('\n');
            if (line.startsWith(begin)) {
                return line;
            }
        }
        throw new AssertionError("no line begins with " + begin + ":\n" + seen);
    }

    private static void signal(Process process, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    private static int end(Process process) throws Exception {
        assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void termEndsItWithStatus0AndThePageIsThere() throws Exception {
        Process process = start(0);
        try (BufferedReader out = process.inputReader()) {
            String[] words = until(out, "try  curl").split("[:/ ]", -1);
            until(out, "stop with");
            int port = Integer.parseInt(Arrays.asList(words).get(words.length - 2));
            try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
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
            until(out, "stop with");
            signal(process, "INT");
            until(out, "stopping:");
            signal(process, "TERM");
            assertThat(end(process)).isEqualTo(143);
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
            String[] ones = until(one, "vless://").split("[@?]", -1);
            String[] twos = until(two, "vless://").split("[@?]", -1);
            assertThat(twos[0]).isEqualTo(ones[0]);
            until(one, "stop with");
            until(two, "stop with");
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
