package io.culvert.benchmarks.link;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Destinations and clients of the measurements of sessions: an echo, new sessions one after the other, and idle ones. The clients
 * are threads of the system in blocking calls and the echo is one thread, so that as little as can be of a session's time is theirs.
 */
public final class SessionLoad {
    private static final int BACKLOG = 4_096;
    /** Sessions with one entrance before it is the next one's turn: a process that serves has its code in the caches. */
    private static final int IN_A_ROW = 50;

    /** Sessions without a proxy ahead of all others, so that this process is compiled when those that count begin. */
    private static final int OWN_WARM_UP = 10_000;

    private static final byte[] ONE_BYTE = {1};
    /** The length of most ClientHellos without post-quantum keys. */
    private static final int HELLO_LENGTH = 517;

    private static final String GET =
            "GET / HTTP/1.1\r\nHost: bench.test\r\nUser-Agent: culvert\r\nAccept: */*\r\n\r\n";

    private SessionLoad() {}

    /**
     * Runs, and tells on standard output.
     *
     * @param args {@code PORT[,PORT...] TARGET-PORT new COUNT AT-ONCE [byte|hello|get]}: prints the microseconds from a connect to the
     *     echo of what the client says first, p50 and p99, a line for each port; each is given so many, and the ports are taken in
     *     turn, some sessions each, so that whatever else the machine does meets them all. {@code hello} is what a TLS client begins
     *     with, {@code get} the request of an HTTP client. Or {@code PORT TARGET-PORT idle COUNT}: opens so many, prints "open", and
     *     holds them until it is killed
     */
    public static void main(String[] args) throws Exception {
        List<InetSocketAddress> entrances = new ArrayList<>();
        for (String port : args[0].split(",", -1)) {
            entrances.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)));
        }
        InetSocketAddress target = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1]));
        ServerSocketChannel destination = ServerSocketChannel.open().bind(target, BACKLOG);
        Thread.ofPlatform().daemon().start(() -> echo(destination));
        int count = Integer.parseInt(args[3]);
        if (args[2].equals("idle")) {
            List<SocketChannel> open = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                SocketChannel socket = SocketChannel.open();
                session(socket, entrances.getFirst(), ByteBuffer.wrap(ONE_BYTE), ByteBuffer.allocate(1));
                open.add(socket);
            }
            tell("open " + open.size());
            new CountDownLatch(1).await();
        } else {
            byte[] said = switch (args.length > 5 ? args[5] : "byte") {
                case "byte" -> ONE_BYTE;
                case "hello" -> hello();
                case "get" -> GET.getBytes(StandardCharsets.US_ASCII);
                default -> throw new IllegalArgumentException("clients begin with byte, hello or get, not " + args[5]);
            };
            sessions(List.of(target), OWN_WARM_UP, 1, said);
            for (long[] of : sessions(entrances, count, Integer.parseInt(args[4]), said)) {
                Arrays.sort(of);
                tell(of[of.length / 2] + " " + of[of.length * 99 / 100]);
            }
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

    /** The microseconds of each session, those of an entrance together. */
    private static long[][] sessions(List<InetSocketAddress> entrances, int count, int atOnce, byte[] said)
            throws Exception {
        int each = count / atOnce;
        long[][] micros = new long[entrances.size()][each * atOnce];
        try (ExecutorService threads = Executors.newFixedThreadPool(atOnce)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < atOnce; i++) {
                int first = i * each;
                all.add(threads.submit(() -> {
                    inTurn(entrances, first, first + each, said, micros);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        return micros;
    }

    private static void inTurn(List<InetSocketAddress> entrances, int from, int to, byte[] said, long[][] micros)
            throws IOException {
        ByteBuffer out = ByteBuffer.allocateDirect(said.length).put(said);
        ByteBuffer in = ByteBuffer.allocateDirect(said.length);
        List<Integer> turns = new ArrayList<>();
        for (int e = 0; e < entrances.size(); e++) {
            turns.add(e);
        }
        for (int n = from; n < to; n += IN_A_ROW) {
            // Not always the same one behind the same: the end of a session costs the next one something.
            Collections.shuffle(turns, ThreadLocalRandom.current());
            for (int turn : turns) {
                for (int one = n; one < Math.min(n + IN_A_ROW, to); one++) {
                    micros[turn][one] = opening(entrances.get(turn), out, in);
                }
            }
        }
    }

    private static long opening(InetSocketAddress entrance, ByteBuffer out, ByteBuffer in) throws IOException {
        long start = System.nanoTime();
        try (SocketChannel socket = SocketChannel.open()) {
            session(socket, entrance, out, in);
            return (System.nanoTime() - start) / 1_000;
        }
    }

    private static void session(SocketChannel socket, InetSocketAddress entrance, ByteBuffer out, ByteBuffer in)
            throws IOException {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.connect(entrance);
        socket.write(out.rewind());
        in.clear();
        while (in.hasRemaining()) {
            if (socket.read(in) < 0) {
                throw new IOException("the session was refused");
            }
        }
        if (!in.flip().equals(out.rewind())) {
            throw new IOException("not what was sent");
        }
    }

    private static void echo(ServerSocketChannel destination) {
        ByteBuffer block = ByteBuffer.allocateDirect(2 * HELLO_LENGTH);
        try (Selector selector = Selector.open()) {
            destination.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            while (true) {
                selector.select(key -> {
                    if (key.isAcceptable()) {
                        accept(destination, selector);
                    } else {
                        answer(key, block);
                    }
                });
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void accept(ServerSocketChannel destination, Selector selector) {
        try {
            SocketChannel socket = destination.accept();
            if (socket != null) {
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
                socket.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What one read brings is less than a socket's buffer, so that it can be written at once. */
    private static void answer(SelectionKey key, ByteBuffer block) {
        SocketChannel socket = (SocketChannel) key.channel();
        try {
            if (socket.read(block.clear()) < 0) {
                socket.close();
            } else {
                socket.write(block.flip());
            }
        } catch (IOException e) {
            // The client has gone.
            key.cancel();
            try {
                socket.close();
            } catch (IOException _) {
                // It has gone all the same.
            }
        }
    }
}
