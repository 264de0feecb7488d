package io.culvert.transport.relay;

import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.KeepAlive;
import io.culvert.transport.channel.ReadGate;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Joins two channels of one event loop: what one reads, the other writes, with back-pressure both ways, half-close both ways,
 * and the timers of the session's policy (wire-formats section 18.1).
 *
 * <pre>
 * both open ──uplink ends──▶ downlink only ──downlink ends──▶ closing ──flushed──▶ closed
 *     │                                                          ▲
 *     └──────downlink ends──▶ uplink only ────uplink ends────────┘        any fault or timeout ──▶ closed (reset)
 * </pre>
 */
public final class RelayPump {
    /** Told once, when the session is over. */
    public interface Listener {
        void closed(CloseCause cause, long uplinkBytes, long downlinkBytes);
    }

    /** How long the queues may take to empty when a policy of 0 ends a session at once. */
    private static final long LAST_BYTES_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long SHORT_NANOS = TimeUnit.SECONDS.toNanos(KeepAlive.SHORT_SECONDS);

    private final Channel client;
    private final Channel upstream;
    private final SessionPolicy policy;
    private final Network network;
    private final Listener listener;
    private final RelayHandler up;
    private final RelayHandler down;
    private long lastActivity = System.nanoTime();
    private long limitNanos;
    private long lastQueued;
    private @Nullable CloseCause timeoutCause;
    /** How long nothing may move once the node is being left, and what the session ends for then. */
    private long patienceNanos = Long.MAX_VALUE;

    private @Nullable CloseCause patienceCause;
    private @Nullable CloseCause closing;
    private @Nullable Future<?> timer;
    private boolean closed;
    /** Whether the kernel has been asked to look after silent peers. */
    private boolean probing;

    private RelayPump(Channel client, Channel upstream, Network network, SessionPolicy policy, Listener listener) {
        this.client = client;
        this.upstream = upstream;
        this.network = network;
        this.policy = Channels.limited(upstream, policy);
        this.listener = listener;
        this.up = new RelayHandler(this, upstream, CloseCause.CLIENT_RESET);
        this.down = new RelayHandler(this, client, CloseCause.UPSTREAM_RESET);
    }

    /**
     * Makes a relay of two channels; {@link #start} joins them.
     *
     * @param client its {@link ReadGate} is held for {@link ReadGate#OPENING}
     * @param upstream with {@code autoRead} off, as {@link io.culvert.transport.Outbound} returns it
     */
    public static RelayPump prepare(
            Channel client, Channel upstream, Network network, SessionPolicy policy, Listener listener) {
        if (!client.eventLoop().inEventLoop() || !upstream.eventLoop().inEventLoop()) {
            throw new IllegalStateException("both channels of a relay live on one event loop");
        }
        return new RelayPump(client, upstream, network, policy, listener);
    }

    /** Starts reading both channels. Early bytes that they keep go first. */
    public void start() {
        Channels.limitQueue(client, policy.bufferBytes());
        Channels.limitQueue(upstream, policy.bufferBytes());
        client.pipeline().addLast(RelayHandler.NAME, up);
        upstream.pipeline().addLast(RelayHandler.NAME, down);
        if (!client.isActive()) {
            finish(reasonOf(client, CloseCause.CLIENT_RESET));
            return;
        }
        if (!upstream.isActive()) {
            finish(reasonOf(upstream, CloseCause.UPSTREAM_RESET));
            return;
        }
        EarlyBytesHandler.openIn(client);
        EarlyBytesHandler.openIn(upstream);
        ReadGate.of(client).release(ReadGate.OPENING);
        ReadGate.of(upstream).release(ReadGate.OPENING);
        if (timer == null && !closed) {
            limit(policy.connIdleMillis(), CloseCause.IDLE_TIMEOUT);
        }
    }

    private static CloseCause reasonOf(Channel gone, CloseCause otherwise) {
        CloseCause noted = Channels.reasonOf(gone);
        return noted == null ? otherwise : noted;
    }

    /** Bytes from the client so far, payload only. */
    public long uplinkBytes() {
        return up.bytes();
    }

    /** Bytes to the client so far, payload only. */
    public long downlinkBytes() {
        return down.bytes();
    }

    /** Ends the session from outside; any thread. */
    public void close(CloseCause cause) {
        if (client.eventLoop().inEventLoop()) {
            finish(cause);
        } else {
            client.eventLoop().execute(() -> finish(cause));
        }
    }

    /**
     * From now on the session ends, by a reset, once no payload has moved for a time, where its policy does not end it sooner;
     * any thread.
     */
    public void endWhenIdle(long nanos, CloseCause cause) {
        if (client.eventLoop().inEventLoop()) {
            losePatience(nanos, cause);
        } else {
            client.eventLoop().execute(() -> losePatience(nanos, cause));
        }
    }

    private void losePatience(long nanos, CloseCause cause) {
        if (closed || patienceCause != null) {
            return;
        }
        patienceNanos = nanos;
        patienceCause = cause;
        if (timer != null) {
            timer.cancel(false);
            check();
        }
    }

    boolean isDatagram() {
        return network == Network.UDP;
    }

    /** Whether both channels are being closed behind what is queued: nothing more is taken from either. */
    boolean isClosing() {
        return closing != null;
    }

    void active() {
        lastActivity = System.nanoTime();
    }

    /** One side's input has ended and its end mark is on its way to the other side. */
    void inputEnded() {
        active();
        if (up.ended() && down.ended()) {
            closeBoth(CloseCause.COMPLETED);
        } else if (up.ended()) {
            limit(policy.downlinkOnlyMillis(), CloseCause.HALF_CLOSED_TIMEOUT);
        } else {
            limit(policy.uplinkOnlyMillis(), CloseCause.HALF_CLOSED_TIMEOUT);
        }
    }

    /** A side is gone for good. */
    void inactive(CloseCause whoseFault) {
        if (closing == null) {
            finish(whoseFault);
        } else if (!client.isActive() && !upstream.isActive()) {
            finish(closing);
        }
    }

    /** Closes each channel when what is queued in it has left, or when the timer says that nobody takes it. */
    private void closeBoth(CloseCause cause) {
        closing = cause;
        endsFor(cause);
        Channels.closeGently(upstream);
        Channels.closeGently(client);
    }

    private void limit(long millis, CloseCause cause) {
        limitNanos = TimeUnit.MILLISECONDS.toNanos(millis);
        timeoutCause = cause;
        if (timer != null) {
            timer.cancel(false);
        }
        if (millis == 0) {
            // As V2Ray: 0 ends the session at once. What has been received is still delivered.
            closeBoth(cause);
            limitNanos = LAST_BYTES_NANOS;
        }
        scheduleNext(Math.min(limitNanos, patienceNanos));
    }

    /** A session that proves to be no short one is looked at once before its limit. */
    private void scheduleNext(long nanos) {
        schedule(probing ? nanos : Math.min(nanos, SHORT_NANOS));
    }

    private void schedule(long nanos) {
        timer = client.eventLoop().schedule(this::check, nanos, TimeUnit.NANOSECONDS);
    }

    private void check() {
        if (!probing) {
            probing = true;
            KeepAlive.probe(upstream);
        }
        long limit = Math.min(limitNanos, patienceNanos);
        long left = lastActivity + limit - System.nanoTime();
        if (left <= 0 && isDraining()) {
            active();
            left = limit;
        }
        // What only waits for its last bytes to leave is not cut short of its own, orderly cause.
        CloseCause cause = patienceNanos < limitNanos && closing == null ? patienceCause : timeoutCause;
        if (left > 0) {
            schedule(left);
        } else if (cause != null) {
            finish(cause);
        }
    }

    /** Whether a slow reader has taken some of what is queued since the last look. */
    private boolean isDraining() {
        long queued = Channels.queuedBytes(client) + Channels.queuedBytes(upstream);
        boolean moved = queued > 0 && queued != lastQueued;
        lastQueued = queued;
        return moved;
    }

    void finish(CloseCause cause) {
        if (closed) {
            return;
        }
        closed = true;
        if (timer != null) {
            timer.cancel(false);
        }
        endsFor(cause);
        if (isOrderly(cause)) {
            close(client);
            close(upstream);
        } else {
            Channels.abort(client);
            Channels.abort(upstream);
        }
        listener.closed(cause, up.bytes(), down.bytes());
    }

    /** A channel to another node carries the reason there. */
    private void endsFor(CloseCause cause) {
        Channels.endsFor(client, cause);
        Channels.endsFor(upstream, cause);
    }

    /** A FIN behind everything; never one behind bytes that are lost. */
    private static void close(Channel channel) {
        if (Channels.queuedBytes(channel) > 0) {
            Channels.abort(channel);
        } else {
            channel.close();
        }
    }

    /** Whether both peers may take the end for a clean one: all that was received has been delivered, or nobody waits. */
    private boolean isOrderly(CloseCause cause) {
        return isDatagram()
                || cause == CloseCause.COMPLETED
                || cause == CloseCause.IDLE_TIMEOUT
                || cause == CloseCause.HALF_CLOSED_TIMEOUT;
    }
}
