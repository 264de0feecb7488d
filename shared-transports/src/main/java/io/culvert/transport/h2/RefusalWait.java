package io.culvert.transport.h2;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long a new stream waits for a refusal where a server says nothing when it accepts one (gRPC's sends its header fields with
 * its first message): as long as the server has accepted none on this connection, for a round trip and a little more, so that a
 * session that would be refused can go to another server with all its bytes. One PING a connection measures the round trip;
 * servers take more of them for abuse. Owned by the connection's loop.
 */
final class RefusalWait {
    /** What a server may take for its refusal beyond what it takes to answer a PING. */
    static final long GRACE_MILLIS = 20;

    /** A server that does not answer the PING by then is not waited for. */
    static final long MOST_MILLIS = 2_000;

    private static final long PING = 0x7265_6675_7361_6C3FL;

    private record Waiting(Runnable go, long sinceNanos) {}

    private final List<Waiting> waiting = new ArrayList<>();
    private boolean accepted;
    private boolean asked;
    private boolean measured;
    private long roundTripNanos;
    private long askedNanos;

    /** Whether the server has accepted a stream since it refused one last. */
    boolean hasAccepted() {
        return accepted;
    }

    void accepted() {
        accepted = true;
    }

    void refused() {
        accepted = false;
    }

    /**
     * Lets a stream whose request has just been written go on when its refusal would have come.
     *
     * @param go called once at least, on the connection's loop, unless the connection ends before
     */
    void begin(Channel connection, Runnable go) {
        long now = System.nanoTime();
        if (measured) {
            later(connection, go, roundTripNanos);
            return;
        }
        waiting.add(new Waiting(go, now));
        if (!asked) {
            asked = true;
            askedNanos = now;
            connection.writeAndFlush(new DefaultHttp2PingFrame(PING));
            Future<?> most =
                    connection.eventLoop().schedule(() -> measured(connection), MOST_MILLIS, TimeUnit.MILLISECONDS);
            connection.closeFuture().addListener(_ -> most.cancel(false));
        }
    }

    /** The peer has answered a PING. */
    void answered(Channel connection, long content) {
        if (content == PING) {
            measured(connection);
        }
    }

    private void measured(Channel connection) {
        if (measured) {
            return;
        }
        measured = true;
        long now = System.nanoTime();
        roundTripNanos = now - askedNanos;
        for (Waiting one : waiting) {
            later(connection, one.go, roundTripNanos - (now - one.sinceNanos));
        }
        waiting.clear();
    }

    private static void later(Channel connection, Runnable go, long nanos) {
        connection.eventLoop().schedule(go, nanos + TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS), TimeUnit.NANOSECONDS);
    }
}
