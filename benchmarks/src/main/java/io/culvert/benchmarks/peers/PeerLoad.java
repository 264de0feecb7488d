package io.culvert.benchmarks.peers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/** A VLESS client of several servers, and the destination behind them. */
public final class PeerLoad {
    private static final int BACKLOG = 4_096;
    private static final int BLOCK = 64 * 1024;

    /** Sessions with one server before it is the next one's turn: a process that serves has its code in the caches. */
    private static final int IN_A_ROW = 50;

    /** The first byte of a session says what the destination does with it. */
    private static final byte ECHO = 'e';

    private static final byte SEND = 's';

    /** Of a VLESS server: its version, and no addons. */
    private static final int ANSWER_HEAD = 2;

    private PeerLoad() {}

    /**
     * Runs, and tells on standard output.
     *
     * @param args {@code USER PORT[,PORT...] TARGET-PORT new COUNT AT-ONCE}: so many sessions with each server, the servers in turn;
     *     prints the microseconds from a connect to the echo of a byte, p50 and p99, a line for each server. Or {@code USER PORT
     *     TARGET-PORT flows COUNT SECONDS}: begins so many downloads at once; prints how many were without a byte after one second,
     *     and what the slowest has got as a part of what the fastest has
     */
    public static void main(String[] args) throws Exception {
        List<InetSocketAddress> servers = new ArrayList<>();
        for (String port : args[1].split(",", -1)) {
            servers.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)));
        }
        int target = Integer.parseInt(args[2]);
        UUID user = UUID.fromString(args[0]);
        int count = Integer.parseInt(args[4]);
        try (ExecutorService serving = Executors.newVirtualThreadPerTaskExecutor();
                ServerSocketChannel destination = ServerSocketChannel.open()) {
            destination.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), BACKLOG);
            serving.submit(() -> accept(destination, serving));
            if (args[3].equals("new")) {
                for (long[] of : sessions(servers, request(user, target, ECHO), count, Integer.parseInt(args[5]))) {
                    Arrays.sort(of);
                    tell(of[of.length / 2] + " " + of[of.length * 99 / 100]);
                }
            } else {
                flows(servers.getFirst(), request(user, target, SEND), count, Integer.parseInt(args[5]));
            }
            System.exit(0);
        }
    }

    private static void tell(String line) {
        System.out.println(line);
    }

    /** The request of a VLESS client for the destination, and the byte that tells it what to do. */
    private static byte[] request(UUID user, int target, byte first) {
        return ByteBuffer.allocate(27)
                .put((byte) 0)
                .putLong(user.getMostSignificantBits())
                .putLong(user.getLeastSignificantBits())
                .put((byte) 0)
                .put((byte) 1)
                .putShort((short) target)
                .put(new byte[] {1, 127, 0, 0, 1})
                .put(first)
                .array();
    }

    /** The microseconds of each session, those of a server together. */
    private static long[][] sessions(List<InetSocketAddress> servers, byte[] request, int count, int atOnce)
            throws Exception {
        int each = count / atOnce;
        long[][] micros = new long[servers.size()][each * atOnce];
        try (ExecutorService threads = Executors.newFixedThreadPool(atOnce)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < atOnce; i++) {
                int first = i * each;
                all.add(threads.submit(() -> {
                    inTurn(servers, request, first, first + each, micros);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        return micros;
    }

    private static void inTurn(List<InetSocketAddress> servers, byte[] request, int from, int to, long[][] micros)
            throws IOException {
        ByteBuffer out = ByteBuffer.allocateDirect(request.length).put(request);
        ByteBuffer in = ByteBuffer.allocateDirect(ANSWER_HEAD + 1);
        List<Integer> turns = new ArrayList<>();
        for (int server = 0; server < servers.size(); server++) {
            turns.add(server);
        }
        for (int n = from; n < to; n += IN_A_ROW) {
            // Not always the same one behind the same: the end of a session costs the next one something.
            Collections.shuffle(turns, ThreadLocalRandom.current());
            for (int turn : turns) {
                for (int one = n; one < Math.min(n + IN_A_ROW, to); one++) {
                    long start = System.nanoTime();
                    try (SocketChannel socket = open(servers.get(turn), out.rewind())) {
                        read(socket, in.clear());
                        micros[turn][one] = (System.nanoTime() - start) / 1_000;
                    }
                }
            }
        }
    }

    private static SocketChannel open(InetSocketAddress server, ByteBuffer request) throws IOException {
        SocketChannel socket = SocketChannel.open();
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.connect(server);
        socket.write(request);
        return socket;
    }

    private static void read(SocketChannel socket, ByteBuffer whole) throws IOException {
        while (whole.hasRemaining()) {
            if (socket.read(whole) < 0) {
                throw new IOException("the session was refused");
            }
        }
    }

    /** So many downloads, begun at once; ends the process, since they have no end of their own. */
    private static void flows(InetSocketAddress server, byte[] request, int count, int seconds) throws Exception {
        AtomicLongArray got = new AtomicLongArray(count);
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < count; i++) {
                int flow = i;
                clients.submit(() -> {
                    go.await();
                    try (SocketChannel socket = open(server, ByteBuffer.wrap(request))) {
                        download(socket, got, flow);
                    }
                    return null;
                });
            }
            go.countDown();
            TimeUnit.SECONDS.sleep(1);
            int without = 0;
            for (int i = 0; i < count; i++) {
                without += got.get(i) == 0 ? 1 : 0;
            }
            TimeUnit.SECONDS.sleep(seconds - 1L);
            long least = Long.MAX_VALUE;
            long most = 1;
            for (int i = 0; i < count; i++) {
                least = Math.min(least, got.get(i));
                most = Math.max(most, got.get(i));
            }
            tell(without + " " + Math.round(100.0 * least / most) / 100.0);
            System.exit(0);
        }
    }

    private static void download(SocketChannel socket, AtomicLongArray got, int flow) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        read(socket, block.limit(ANSWER_HEAD));
        for (int read = 0; read >= 0; read = socket.read(block.clear())) {
            got.addAndGet(flow, read);
        }
    }

    private static Void accept(ServerSocketChannel destination, ExecutorService serving) throws IOException {
        while (true) {
            SocketChannel client = destination.accept();
            serving.submit(() -> serve(client));
        }
    }

    private static Void serve(SocketChannel client) throws IOException {
        try (client) {
            ByteBuffer first = ByteBuffer.allocateDirect(1);
            read(client, first);
            ByteBuffer block = ByteBuffer.allocateDirect(first.get(0) == SEND ? BLOCK : 1);
            if (first.get(0) == SEND) {
                while (client.write(block.clear()) >= 0) {
                    // A blocking write: back-pressure is all that slows it.
                }
            } else {
                client.write(first.flip());
                client.read(block);
            }
        }
        return null;
    }
}
