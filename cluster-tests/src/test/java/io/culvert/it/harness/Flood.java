package io.culvert.it.harness;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that send what nobody reads, until what lies between them and their targets takes no more. */
public final class Flood implements AutoCloseable {
    private static final int BLOCK = 64 * 1024;

    private final long offered;
    private final List<Socket> sockets = new ArrayList<>();
    private final List<AtomicLong> sent = new ArrayList<>();

    /** @param offered how many bytes a client sends at the most */
    public Flood(long offered) {
        this.offered = offered;
    }

    /** Lets a client send; its socket is closed with the flood. */
    public void from(Socket client) {
        AtomicLong count = new AtomicLong();
        sockets.add(client);
        sent.add(count);
        Thread.ofVirtual().start(() -> push(client, count));
    }

    private void push(Socket socket, AtomicLong count) {
        byte[] block = new byte[BLOCK];
        try {
            while (count.get() < offered) {
                socket.getOutputStream().write(block);
                count.addAndGet(BLOCK);
            }
        } catch (IOException _) {
            // The test has closed the socket under it.
        }
    }

    /**
     * Waits until every client has got rid of something, and none of a byte more for a while.
     *
     * @return how many bytes each has sent
     */
    public List<Long> awaitStandstill(Duration within, Duration held) {
        Await.until(within, () -> "the clients still send: " + sent, () -> {
            List<Long> before = counts();
            return !before.contains(0L) && Await.held(held, () -> counts().equals(before));
        });
        return counts();
    }

    private List<Long> counts() {
        return sent.stream().map(AtomicLong::get).toList();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
