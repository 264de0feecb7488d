package io.culvert.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.LogConfig;
import io.culvert.launcher.log.Logs;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guarded join between sockets, as Hazelcast runs it, and against those who do not hold the key. */
class JoinChallengeTest {
    private static final byte[] KEY = new byte[ClusterAuthority.KEY_BYTES];
    private static final byte[] OTHER = new byte[ClusterAuthority.KEY_BYTES];

    /** The common pool has too few on a small machine: an acceptor blocks one for as long as it waits. */
    private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

    static {
        OTHER[0] = 1;
    }

    private static JoinGuard guard(byte[] key, String farm) {
        return new JoinGuard(new JoinChallenge(key, farm, new SecureRandom()));
    }

    /** What the acceptor made of it: null for accepted. */
    private static CompletableFuture<Void> accepting(ServerSocket listener, JoinGuard guard) {
        return CompletableFuture.runAsync(
                () -> {
                    try (Socket accepted = listener.accept()) {
                        guard.onAccept(accepted);
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                THREADS);
    }

    private static ServerSocket listener() throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return listener;
    }

    private static Socket connect(ServerSocket listener) throws IOException {
        return new Socket(listener.getInetAddress(), listener.getLocalPort());
    }

    @Test
    void membersOfOneFarmAcceptEachOther() throws Exception {
        try (ServerSocket listener = listener()) {
            JoinGuard acceptor = guard(KEY, "farm");
            CompletableFuture<Void> accepted = accepting(listener, acceptor);
            try (Socket socket = connect(listener)) {
                guard(KEY, "farm").onConnect(socket);
                accepted.get(10, TimeUnit.SECONDS);
                assertThat(socket.getSoTimeout()).isZero();
            }
            assertThat(acceptor.refused()).isZero();
        }
    }

    @Test
    void theLogOfWhoIsRefusedSaysWhatItLikelyIs(@TempDir Path folder) throws Exception {
        Path log = folder.resolve("log");
        Logs.configure(new LogConfig("none", log.toString(), LogConfig.Level.WARNING));
        try (ServerSocket listener = listener()) {
            CompletableFuture<Void> accepted = accepting(listener, guard(KEY, "farm"));
            try (Socket socket = connect(listener)) {
                assertThatThrownBy(() -> guard(OTHER, "farm").onConnect(socket)).isInstanceOf(IOException.class);
            }
            assertThatThrownBy(() -> accepted.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
            Logs.configure(LogConfig.ABSENT);
            assertThat(Files.readAllLines(log))
                    .anyMatch(line -> line.endsWith("127.0.0.1:" + listener.getLocalPort()
                            + " is not joined: it closed the connection during the challenge: another cluster.key or farm"
                            + " name?"))
                    .anyMatch(
                            line -> line.contains("a connection of 127.0.0.1 to the cluster port was refused: the other"
                                    + " end does not hold the cluster key of this farm"));
        } finally {
            Logs.configure(LogConfig.ABSENT);
        }
    }

    @Test
    void anotherKeyAndAnotherFarmAreRefusedByBothEnds() throws Exception {
        for (JoinGuard stranger : List.of(guard(OTHER, "farm"), guard(KEY, "other"))) {
            try (ServerSocket listener = listener()) {
                JoinGuard acceptor = guard(KEY, "farm");
                CompletableFuture<Void> accepted = accepting(listener, acceptor);
                try (Socket socket = connect(listener)) {
                    assertThatThrownBy(() -> stranger.onConnect(socket))
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("another cluster.key or farm name");
                }
                assertThatThrownBy(() -> accepted.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
                assertThat(acceptor.refused()).isEqualTo(1);
            }
        }
    }

    @Test
    void whoOnlyConnectsIsLeftAtTheDeadlineHoweverSlowlyItSpeaks() throws Exception {
        try (ServerSocket listener = listener();
                Socket socket = connect(listener);
                ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor()) {
            CompletableFuture<Void> accepted = accepting(listener, guard(KEY, "farm"));
            long start = System.nanoTime();
            ScheduledFuture<?> drip = pace.scheduleAtFixedRate(
                    () -> writeByte(socket), 0, JoinGuard.DEADLINE_MILLIS / 10, TimeUnit.MILLISECONDS);
            assertThatThrownBy(() -> accepted.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofMillis(2L * JoinGuard.DEADLINE_MILLIS));
            assertThatThrownBy(() -> drip.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
        }
    }

    private static void writeByte(Socket socket) {
        try {
            socket.getOutputStream().write(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void ofOneAddressOnlyAFewMayWaitAtOnce() throws Exception {
        JoinGuard guard = guard(KEY, "farm");
        try (ServerSocket listener = listener()) {
            List<Socket> silent = new ArrayList<>();
            List<CompletableFuture<Void>> waiting = new ArrayList<>();
            for (int i = 0; i < JoinGuard.PENDING_PER_ADDRESS; i++) {
                waiting.add(accepting(listener, guard));
                Socket socket = connect(listener);
                silent.add(socket);
                // The nonce says that this one is in its challenge.
                assertThat(socket.getInputStream().read()).isEqualTo('C');
            }
            try (Socket oneMore = connect(listener)) {
                assertThatThrownBy(() -> accepting(listener, guard).get(10, TimeUnit.SECONDS))
                        .hasRootCauseMessage("too many connections of 127.0.0.1 are in their challenge");
                assertThat(oneMore.getInputStream().read()).isEqualTo(-1);
            }
            for (Socket socket : silent) {
                socket.close();
            }
            for (CompletableFuture<Void> left : waiting) {
                assertThatThrownBy(() -> left.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
            }
            CompletableFuture<Void> accepted = accepting(listener, guard);
            try (Socket socket = connect(listener)) {
                guard(KEY, "farm").onConnect(socket);
                accepted.get(10, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aCrowdOfStrangersIsNotWaitedForAsLongAsAFew() throws Exception {
        JoinGuard guard = guard(KEY, "farm");
        try (ServerSocket listener = listener()) {
            List<Socket> silent = new ArrayList<>();
            List<CompletableFuture<Void>> waiting = new ArrayList<>();
            for (int i = 0; i < JoinGuard.CROWD; i++) {
                waiting.add(accepting(listener, guard));
                // Of many addresses: of one only a few may wait.
                InetAddress own =
                        InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) (i / JoinGuard.PENDING_PER_ADDRESS)});
                Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort(), own, 0);
                silent.add(socket);
                assertThat(socket.getInputStream().read()).isEqualTo('C');
            }
            CompletableFuture<Void> late = accepting(listener, guard);
            try (Socket oneMore = connect(listener)) {
                assertThatThrownBy(() -> late.get(10, TimeUnit.SECONDS))
                        .hasRootCauseInstanceOf(SocketTimeoutException.class);
                assertThat(oneMore.isConnected()).isTrue();
                assertThat(waiting).as("those who came before").noneMatch(CompletableFuture::isDone);
            }
            for (Socket socket : silent) {
                socket.close();
            }
            for (CompletableFuture<Void> left : waiting) {
                assertThatThrownBy(() -> left.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void anAnswerThatWasHeardBeforeIsWorthNothing() throws Exception {
        JoinChallenge member = new JoinChallenge(KEY, "farm", new SecureRandom());
        ByteArrayOutputStream hello = new ByteArrayOutputStream();
        assertThatThrownBy(() -> member.accept(new ByteArrayInputStream(new byte[0]), hello))
                .isInstanceOf(IOException.class);
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        assertThatThrownBy(() -> member.connect(new ByteArrayInputStream(hello.toByteArray()), heard))
                .isInstanceOf(IOException.class);
        assertThat(heard.size()).isEqualTo(64);
        assertThatThrownBy(
                        () -> member.accept(new ByteArrayInputStream(heard.toByteArray()), new ByteArrayOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not hold the cluster key");
    }

    @Test
    void aMemberDoesNotTakeItsOwnAnswerForTheOtherEnds() throws Exception {
        JoinChallenge member = new JoinChallenge(KEY, "farm", new SecureRandom());
        ByteArrayOutputStream hello = new ByteArrayOutputStream();
        assertThatThrownBy(() -> member.accept(new ByteArrayInputStream(new byte[0]), hello))
                .isInstanceOf(IOException.class);
        byte[] reflected = new byte[36 + 32];
        System.arraycopy(hello.toByteArray(), 0, reflected, 0, 36);
        assertThatThrownBy(() -> member.connect(new ByteArrayInputStream(reflected), new ByteArrayOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not hold the cluster key");
    }

    @Test
    void whatIsNoGuardedFarmIsSaidSo() {
        JoinChallenge member = new JoinChallenge(KEY, "farm", new SecureRandom());
        assertThatThrownBy(() -> member.connect(new ByteArrayInputStream(new byte[64]), new ByteArrayOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a member of a guarded farm");
    }
}
