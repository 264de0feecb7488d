package io.culvert.transport.kcp;

import io.culvert.transport.channel.ChildChannel;
import io.culvert.wire.kcp.KcpSession;
import io.culvert.wire.kcp.KcpState;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An mKCP session as a channel inside its UDP socket.
 *
 * <p>mKCP has no half close: who closes ends both directions. So {@link io.culvert.transport.channel.StreamEnd#OUTPUT} does
 * nothing here. A protocol with an end mark of its own (VMess's end chunk, TLS's close_notify) has sent it by then, and the other
 * direction goes on; without one (VLESS) the peer learns of the end when the channel is closed, which the relay's half-closed
 * timer sees to.
 */
final class KcpChannel extends ChildChannel {
    /** Bytes that wait for a handler that does not read; beyond, the session's window fills. */
    private static final int MOST_QUEUED = 64 * 1024;

    private final KcpSocket socket;
    private final KcpSession session;
    private final InetSocketAddress remote;
    private final Runnable onTerminated;
    private @Nullable Future<?> timer;
    private long timerAt;
    private boolean working;
    private boolean inputEnded;
    private boolean terminated;
    private boolean touched;
    /** Whether there is more to send than the session takes. */
    private boolean blocked;

    /** @param onTerminated called once, when the session can be forgotten */
    KcpChannel(KcpSocket socket, KcpSession session, InetSocketAddress remote, Runnable onTerminated) {
        super(socket.channel());
        this.socket = socket;
        this.session = session;
        this.remote = remote;
        this.onTerminated = onTerminated;
    }

    KcpSession session() {
        return session;
    }

    /** Whether this is the first packet since {@link #untouch}. */
    boolean touch() {
        boolean first = !touched;
        touched = true;
        return first;
    }

    void untouch() {
        touched = false;
    }

    /** Takes the segments of a packet; {@link #work} follows when the socket has no more for now. */
    void received(byte[] segments, int length, int packetBytes, long now) {
        if (terminated) {
            return;
        }
        session.receive(segments, length, packetBytes, now);
        if (!terminated && !session.isConfirmed()) {
            // At once: the request that confirms the peer may be in it, and little else is kept until then.
            readFrom(now);
        }
    }

    /** Lets the session do what is to be done by now, and sees to it that it is called again in time. */
    void work(long now) {
        if (working || terminated) {
            return;
        }
        working = true;
        try {
            readFrom(now);
            boolean any = socket.pump(session, remote, now);
            if (blocked && session.isWritable()) {
                blocked = false;
                sendable();
                any |= socket.pump(session, remote, now);
            }
            if (any) {
                socket.flush();
            }
        } finally {
            working = false;
        }
        endOf();
        if (!terminated) {
            schedule(now);
        }
    }

    /** Until the session has nothing more, or the pipeline takes nothing more. */
    private void readFrom(long now) {
        boolean more = true;
        while (more) {
            more = fillQueue(now);
            deliverQueued();
            more &= queued() < MOST_QUEUED;
        }
    }

    /** Whether the queue was full before the session was empty. */
    private boolean fillQueue(long now) {
        while (queued() < MOST_QUEUED) {
            ByteBuf bytes = session.read(now);
            if (bytes == null) {
                return false;
            }
            queue(bytes);
        }
        return true;
    }

    private void endOf() {
        if (session.inputEnded() && !inputEnded) {
            inputEnded = true;
            if (session.endedByPeer()) {
                deliverEnd();
            } else if (isOpen()) {
                close();
            }
        }
        if (session.isTerminated()) {
            terminate();
        }
    }

    /** The session is over, with whatever is still in it. */
    void terminate() {
        if (terminated) {
            return;
        }
        terminated = true;
        if (timer != null) {
            timer.cancel(false);
        }
        session.release();
        onTerminated.run();
        if (!inputEnded && isOpen()) {
            close();
        }
    }

    private void schedule(long now) {
        long at = session.deadline(now);
        if (timer != null && timerAt <= at) {
            // It comes too early and looks again: cheaper than moving it with every packet.
            return;
        }
        if (timer != null) {
            timer.cancel(false);
        }
        timerAt = at;
        timer = eventLoop().schedule(this::timeIsUp, Math.max(1, at - now), TimeUnit.MILLISECONDS);
    }

    private void timeIsUp() {
        timer = null;
        work(socket.now());
    }

    @Override
    protected void send(ByteBuf bytes) {
        if (inputEnded && session.state() != KcpState.ACTIVE) {
            // As a TCP peer that has gone answers what comes for it.
            bytes.release();
            eventLoop().execute(this::close);
            return;
        }
        session.write(bytes, socket.now());
    }

    @Override
    protected void sendComplete() {
        work(socket.now());
    }

    @Override
    protected void sendEnd() {
        // There is no half close; see the comment of the class.
    }

    @Override
    protected boolean canSend() {
        blocked = !session.isWritable();
        return !blocked;
    }

    @Override
    protected void wantsMore() {
        if (!working) {
            work(socket.now());
        }
    }

    @Override
    protected void closed() {
        if (!terminated) {
            long now = socket.now();
            if (isAborted()) {
                session.abort(now);
            } else {
                session.close(now);
            }
            work(now);
        }
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return remote;
    }
}
