package io.culvert.benchmarks.link;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/** Destinations and clients of the measurements of sessions: an echo, new sessions one after the other, and idle ones. */
public final class SessionLoad {
    private static final int BACKLOG = 4_096;
    private static final int TIMEOUT_MILLIS = 30_000;
    /** Sessions with one entrance before it is the next one's turn: a process that serves has its code in the caches. */
    private static final int IN_A_ROW = 50;

    /** Sessions without a proxy ahead of all others, so that this process is compiled when those that count begin. */
    private static final int OWN_WARM_UP = 10_000;

    private static final byte[] ONE_BYTE = {1};
    /** The length of most ClientHellos without post-quantum keys. */
    private static final int HELLO_LENGTH = 517;

    private SessionLoad() {}

    /**
     * Runs, and tells on standard output.
     *
     * @param args {@code PORT[,PORT...] TARGET-PORT new COUNT AT-ONCE [byte|hello]}: prints the microseconds from a connect to the
     *     echo of what the client says first, p50 and p99, a line for each port; each is given so many, and the ports are taken in
     *     turn, some sessions each, so that whatever else the machine does meets them all. {@code hello} is what a TLS client begins with. Or
     *     {@code PORT TARGET-PORT idle COUNT}: opens so many, prints "open", and holds them until it is killed
     */
    public static void main(String[] args) throws Exception {
        List<InetSocketAddress> entrances = new ArrayList<>();
        for (String port : args[0].split(",", -1)) {
            entrances.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)));
        }
        ServerSocket destination =
                new ServerSocket(Integer.parseInt(args[1]), BACKLOG, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> echo(destination));
        int count = Integer.parseInt(args[3]);
        if (args[2].equals("idle")) {
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Socket socket = new Socket();
                session(socket, entrances.getFirst(), ONE_BYTE);
                open.add(socket);
            }
            tell("open " + open.size());
            new CountDownLatch(1).await();
        } else {
            byte[] said = args.length > 5 && args[5].equals("hello") ? hello() : ONE_BYTE;
            InetSocketAddress direct = (InetSocketAddress) destination.getLocalSocketAddress();
            for (int i = 0; i < OWN_WARM_UP; i++) {
                opening(direct, said);
            }
            latencies(entrances, count, Integer.parseInt(args[4]), said);
        }
        System.exit(0);
    }

    private static void tell(String line) {
        System.out.println(line);
    }

    private static byte[] hello() {
        byte[] hello = new byte[HELLO_LENGTH];
        int body = HELLO_LENGTH - 5;
        byte[] head = {22, 3, 1, (byte) (body >> 8), (byte) body, 1};
        System.arraycopy(head, 0, hello, 0, head.length);
        return hello;
    }

    private static void latencies(List<InetSocketAddress> entrances, int count, int atOnce, byte[] said)
            throws Exception {
        int each = count / atOnce;
        long[][] micros = new long[entrances.size()][each * atOnce];
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < atOnce; i++) {
                int first = i * each;
                all.add(threads.submit(() -> {
                    List<Integer> turns = new ArrayList<>();
                    for (int e = 0; e < entrances.size(); e++) {
                        turns.add(e);
                    }
                    for (int n = first; n < first + each; n += IN_A_ROW) {
                        // Not always the same one behind the same: the end of a session costs the next one something.
                        Collections.shuffle(turns, ThreadLocalRandom.current());
                        for (int turn : turns) {
                            for (int one = n; one < Math.min(n + IN_A_ROW, first + each); one++) {
                                micros[turn][one] = opening(entrances.get(turn), said);
                            }
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        for (long[] of : micros) {
            Arrays.sort(of);
            tell(of[of.length / 2] + " " + of[of.length * 99 / 100]);
        }
    }

    private static long opening(InetSocketAddress entrance, byte[] said) throws IOException {
        long start = System.nanoTime();
        try (Socket socket = new Socket()) {
            session(socket, entrance, said);
            return (System.nanoTime() - start) / 1_000;
        }
    }

    private static void session(Socket socket, InetSocketAddress entrance, byte[] first) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(entrance, TIMEOUT_MILLIS);
        socket.getOutputStream().write(first);
        if (!Arrays.equals(socket.getInputStream().readNBytes(first.length), first)) {
            throw new IOException("the session was refused");
        }
    }

    private static void echo(ServerSocket destination) {
        try {
            while (true) {
                Socket socket = destination.accept();
                socket.setTcpNoDelay(true);
                Thread.ofVirtual().start(() -> echo(socket));
            }
        } catch (IOException e) {
            // The process ends.
        }
    }

    private static void echo(Socket socket) {
        try (socket) {
            byte[] block = new byte[2 * HELLO_LENGTH];
            for (int read = socket.getInputStream().read(block);
                    read >= 0;
                    read = socket.getInputStream().read(block)) {
                socket.getOutputStream().write(block, 0, read);
            }
        } catch (IOException e) {
            // The client has gone.
        }
    }
}
