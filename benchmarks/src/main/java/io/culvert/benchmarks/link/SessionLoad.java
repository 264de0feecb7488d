package io.culvert.benchmarks.link;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Destinations and clients of the measurements of sessions: an echo, new sessions one after the other, and idle ones. */
public final class SessionLoad {
    private static final int BACKLOG = 4_096;
    private static final int TIMEOUT_MILLIS = 30_000;

    private SessionLoad() {}

    /**
     * Runs, and tells on standard output.
     *
     * @param args {@code PORT TARGET-PORT new COUNT AT-ONCE}: prints the microseconds from a connect to the echo of the first byte,
     *     p50 and p99; or {@code PORT TARGET-PORT idle COUNT}: opens so many, prints "open", and holds them until it is killed
     */
    public static void main(String[] args) throws Exception {
        InetSocketAddress entrance = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        ServerSocket destination =
                new ServerSocket(Integer.parseInt(args[1]), BACKLOG, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> echo(destination));
        int count = Integer.parseInt(args[3]);
        if (args[2].equals("idle")) {
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Socket socket = new Socket();
                session(socket, entrance);
                open.add(socket);
            }
            tell("open " + open.size());
            new CountDownLatch(1).await();
        } else {
            latencies(entrance, count, Integer.parseInt(args[4]));
        }
        System.exit(0);
    }

    private static void tell(String line) {
        System.out.println(line);
    }

    private static void latencies(InetSocketAddress entrance, int count, int atOnce) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<long[]>> all = new ArrayList<>();
            for (int i = 0; i < atOnce; i++) {
                all.add(threads.submit(() -> {
                    long[] micros = new long[count / atOnce];
                    for (int n = 0; n < micros.length; n++) {
                        long start = System.nanoTime();
                        try (Socket socket = new Socket()) {
                            session(socket, entrance);
                            micros[n] = (System.nanoTime() - start) / 1_000;
                        }
                    }
                    return micros;
                }));
            }
            long[] micros = new long[0];
            for (Future<long[]> one : all) {
                long[] more = one.get();
                int at = micros.length;
                micros = Arrays.copyOf(micros, at + more.length);
                System.arraycopy(more, 0, micros, at, more.length);
            }
            Arrays.sort(micros);
            tell(micros[micros.length / 2] + " " + micros[micros.length * 99 / 100]);
        }
    }

    private static void session(Socket socket, InetSocketAddress entrance) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(entrance, TIMEOUT_MILLIS);
        socket.getOutputStream().write(1);
        if (socket.getInputStream().read() != 1) {
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
            for (int octet = socket.getInputStream().read();
                    octet >= 0;
                    octet = socket.getInputStream().read()) {
                socket.getOutputStream().write(octet);
            }
        } catch (IOException e) {
            // The client has gone.
        }
    }
}
