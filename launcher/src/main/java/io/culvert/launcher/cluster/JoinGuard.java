package io.culvert.launcher.cluster;

import com.hazelcast.nio.MemberSocketInterceptor;
import io.culvert.model.IpText;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a connection of Hazelcast live only after a {@link JoinChallenge}. Hazelcast hands each connection over on a thread of
 * its own pool, so whoever connects and says nothing is bounded in time and in number per address: honest members wait
 * behind a few of them at the most.
 */
final class JoinGuard implements MemberSocketInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(JoinGuard.class);

    /** How long a challenge may take, in milliseconds. */
    static final int DEADLINE_MILLIS = 2_000;

    /** How long it may take while {@link #CROWD} others are in theirs: a member needs milliseconds. */
    static final int CROWDED_MILLIS = 250;

    /** So many challenges at once are not those of members. */
    static final int CROWD = 16;

    /** How many connections of one address may be in their challenge; more are closed at once. */
    static final int PENDING_PER_ADDRESS = 4;

    /** How many challenges Hazelcast has threads for, where its own default is 16: a silent stranger holds one until its deadline. */
    static final int THREADS = 64;

    private final JoinChallenge challenge;
    private final Map<InetAddress, Integer> pending = new ConcurrentHashMap<>();
    private final AtomicInteger challenged = new AtomicInteger();
    private final LongAdder refused = new LongAdder();

    JoinGuard(JoinChallenge challenge) {
        this.challenge = challenge;
    }

    /** Connections that were closed because they did not prove to hold the cluster key. */
    long refused() {
        return refused.sum();
    }

    @Override
    public void init(Properties properties) {
        // Everything is known from the constructor.
    }

    @Override
    public void onAccept(Socket socket) throws IOException {
        InetAddress peer = socket.getInetAddress();
        if (pending.merge(peer, 1, Integer::sum) > PENDING_PER_ADDRESS) {
            release(peer);
            refused.increment();
            throw new IOException("too many connections of " + IpText.of(peer) + " are in their challenge");
        }
        int crowd = challenged.incrementAndGet();
        try {
            int deadline = crowd > CROWD ? CROWDED_MILLIS : DEADLINE_MILLIS;
            challenge.accept(deadlined(socket, deadline), socket.getOutputStream());
        } catch (IOException e) {
            refused.increment();
            LOG.warn("a connection of {} to the cluster port was refused: {}", IpText.of(peer), reason(e));
            throw e;
        } finally {
            challenged.decrementAndGet();
            release(peer);
            socket.setSoTimeout(0);
        }
    }

    @Override
    public void onConnect(Socket socket) throws IOException {
        try {
            challenge.connect(deadlined(socket, DEADLINE_MILLIS), socket.getOutputStream());
        } catch (IOException e) {
            LOG.warn("{} is not joined: {}", remote(socket), reason(e));
            throw e;
        }
        socket.setSoTimeout(0);
    }

    private static String remote(Socket socket) {
        return socket.getRemoteSocketAddress() instanceof InetSocketAddress address ? IpText.of(address) : "a member";
    }

    private void release(InetAddress peer) {
        pending.computeIfPresent(peer, (_, count) -> count == 1 ? null : count - 1);
    }

    private static String reason(IOException fault) {
        return fault.getMessage() == null ? "it left within the challenge" : fault.getMessage();
    }

    /** The socket's input, all of whose reads together end at the deadline. */
    private static InputStream deadlined(Socket socket, int millis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        return new FilterInputStream(socket.getInputStream()) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    throw new SocketTimeoutException("the challenge took longer than " + millis + " ms");
                }
                socket.setSoTimeout((int) left);
                return super.read(bytes, offset, length);
            }
        };
    }
}
