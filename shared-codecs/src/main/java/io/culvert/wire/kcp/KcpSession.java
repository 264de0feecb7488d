package io.culvert.wire.kcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * An mKCP session as a machine without I/O (wire-formats section 16): fed with the segments of packets, with the application's
 * bytes and with time; asked for packets, for bytes and for when it wants to be asked again. Not for several threads.
 *
 * <p>After each turn of any of {@link #receive}, {@link #write}, {@link #close} and of {@link #deadline} coming up, the owner
 * calls {@link #poll} until it returns 0.
 *
 * <p>Time is in milliseconds of any clock that never runs back.
 */
public final class KcpSession {
    /** A peer that nothing is heard of for so long is gone. */
    public static final long IDLE_MILLIS = 30_000;
    /** Half-open sessions keep no more segments than this for their application (reliability 2c.19). */
    public static final int HALF_OPEN_SEGMENTS = 4;

    /** Bytes that wait to be sent for the first time; more are taken as these leave. */
    static final int MOST_UNSENT = 128 * 1024;

    private static final long READY_TO_CLOSE_MILLIS = 15_000;
    private static final long TERMINATING_MILLIS = 8_000;
    private static final long PEER_TERMINATING_MILLIS = 4_000;
    private static final long PING_MILLIS = 5_000;
    private static final long FIRST_TERMINATE_MILLIS = 250;
    /** For a peer that is not confirmed bytes are not cut into smaller pieces. */
    private static final int LEAST_PAYLOAD = 16;

    private static final long NEVER = Long.MAX_VALUE;

    private final KcpParameters parameters;
    private final int conversation;
    private final long created;
    private final KcpSegments in = new KcpSegments();
    private final KcpReceiver receiver;
    private final KcpSender sender;
    private final RoundTrip roundTrip;
    private KcpState state = KcpState.ACTIVE;
    private long stateSince;
    private long lastReceived;
    private long lastPing;
    private boolean pingWanted;
    private boolean lastTerminate;
    private long nextTerminate;
    private long terminatePause = FIRST_TERMINATE_MILLIS;
    private boolean confirmed;
    private boolean expired;
    private boolean endedByPeer;
    private long bytesReceived;
    private long bytesSent;

    /**
     * A new session, active at once.
     *
     * @param conversation 16 bits
     * @param confirmed whether the peer is known to be where its packets come from; a server does not know before
     *     {@link #confirm} or the peer's answer to something that it was sent
     * @param clock what the session's own timestamps start from, 0..2^30; unpredictable, for an answer to it confirms the peer
     * @param now in milliseconds
     */
    public KcpSession(
            KcpParameters parameters,
            int conversation,
            boolean confirmed,
            int clock,
            ByteBufAllocator allocator,
            long now) {
        this(parameters, conversation, confirmed, clock, 0, allocator, now);
    }

    /** @param firstNumber what both directions count from; other than 0 only to see the numbers wrap */
    KcpSession(
            KcpParameters parameters,
            int conversation,
            boolean confirmed,
            int clock,
            int firstNumber,
            ByteBufAllocator allocator,
            long now) {
        this.parameters = parameters;
        this.conversation = conversation;
        this.confirmed = confirmed;
        this.created = now - clock;
        this.roundTrip = new RoundTrip(parameters.ttiMillis(), now);
        this.sender = new KcpSender(parameters, roundTrip, allocator, firstNumber, clock);
        this.receiver = new KcpReceiver(parameters, allocator, firstNumber);
        this.stateSince = now;
        this.lastReceived = now;
        this.lastPing = now;
    }

    public int conversation() {
        return conversation;
    }

    public KcpState state() {
        return state;
    }

    /** Whether everything is over and the session can be forgotten. */
    public boolean isTerminated() {
        return state == KcpState.TERMINATED && !lastTerminate;
    }

    /** Whether {@link #read} has nothing and never will. */
    public boolean inputEnded() {
        return !state.reads() || (state == KcpState.PEER_TERMINATING && !receiver.isReadable());
    }

    /** Whether the peer, and not time, has ended the session. */
    public boolean endedByPeer() {
        return endedByPeer;
    }

    public boolean isConfirmed() {
        return confirmed;
    }

    /** The peer has shown who it is: it may be sent to, and its bytes may be kept. */
    public void confirm() {
        confirmed = true;
    }

    /**
     * Takes the segments of a packet.
     *
     * @param segments from 0 on; copied
     * @param packetBytes of the whole packet
     */
    public void receive(byte[] segments, int length, int packetBytes, long now) {
        bytesReceived += packetBytes;
        in.start(segments, length);
        while (state != KcpState.TERMINATED && in.next() && in.conversation() == conversation) {
            lastReceived = now;
            if (in.closed()) {
                enter(state.peerClosed(), now);
                endedByPeer = true;
            }
            switch (in.command()) {
                case KcpSegments.DATA -> receiveData(now);
                case KcpSegments.ACK -> receiveAck(now);
                default -> receiveCommand(now);
            }
        }
    }

    private void receiveData(long now) {
        if (state.reads() || state == KcpState.READY_TO_CLOSE) {
            receiver.data(in, confirmed ? parameters.receiveBuffer() : HALF_OPEN_SEGMENTS, state.reads(), now);
        }
    }

    private void receiveAck(long now) {
        if (sender.ack(in, (int) (now - created))) {
            confirmed = true;
        }
        if (sender.isEmpty()) {
            pingWanted = true;
        }
    }

    private void receiveCommand(long now) {
        if (in.command() == KcpSegments.TERMINATE) {
            enter(state.peerTerminated(), now);
            endedByPeer = true;
        }
        sender.acknowledgeBelow(in.commandReceivingNext(), (int) (now - created));
        roundTrip.peerRto(in.commandPeerRto(), now);
    }

    /** Whether {@link #write} takes bytes. Where the session does not send any more it does, and forgets them. */
    public boolean isWritable() {
        return !state.sends() || sender.unsent() < MOST_UNSENT;
    }

    /** Takes the application's bytes; takes over the buffer. */
    public void write(ByteBuf bytes, long now) {
        if (state == KcpState.ACTIVE && bytes.isReadable()) {
            sender.write(bytes, (int) (now - created));
        } else {
            bytes.release();
        }
    }

    /** The bytes that have come for the application, in order, or null where there are none now. */
    public @Nullable ByteBuf read(long now) {
        return state.reads() ? receiver.take(now) : null;
    }

    /** The application has closed: what it has written still goes, nothing more is read. */
    public void close(long now) {
        enter(state.closedHere(), now);
    }

    /** The application gives up: nothing more is sent of what it has written, and the peer is told at once. */
    public void abort(long now) {
        if (state != KcpState.TERMINATED) {
            enter(state == KcpState.PEER_TERMINATING ? KcpState.TERMINATED : KcpState.TERMINATING, now);
        }
    }

    /** Frees everything; the session is over. */
    public void release() {
        state = KcpState.TERMINATED;
        lastTerminate = false;
        sender.clear();
        receiver.clear();
    }

    private void enter(KcpState to, long now) {
        if (to == state) {
            return;
        }
        // The peer may have begun to terminate by ours, and would go on telling us for 8 s.
        lastTerminate = to == KcpState.TERMINATED;
        state = to;
        stateSince = now;
        nextTerminate = now;
        if (!to.sends()) {
            sender.clear();
        }
        if (!to.reads()) {
            receiver.clear();
        }
    }

    /**
     * The next packet's segments.
     *
     * @param to written from {@code at} on
     * @return their bytes, or 0 where nothing is to be sent now
     */
    public int poll(byte[] to, int at, long now) {
        passTime(now);
        int length = switch (state) {
            case TERMINATED -> pollLast(to, at);
            case TERMINATING -> pollTerminate(to, at, now);
            case ACTIVE, READY_TO_CLOSE, PEER_CLOSED, PEER_TERMINATING -> pollOpen(to, at, now);
        };
        if (length > 0) {
            bytesSent += length + parameters.overhead();
        }
        return length;
    }

    /** What time alone does to a session. */
    private void passTime(long now) {
        long inState = now - stateSince;
        switch (state) {
            case ACTIVE -> {
                if (now - lastReceived >= IDLE_MILLIS) {
                    expired = true;
                    enter(KcpState.READY_TO_CLOSE, now);
                }
            }
            case READY_TO_CLOSE -> {
                if (sender.isEmpty() || inState > READY_TO_CLOSE_MILLIS || expired) {
                    enter(KcpState.TERMINATING, now);
                }
            }
            case TERMINATING -> {
                if (inState > TERMINATING_MILLIS) {
                    enter(KcpState.TERMINATED, now);
                }
            }
            case PEER_TERMINATING -> {
                if (inState > PEER_TERMINATING_MILLIS && !receiver.isReadable()) {
                    enter(KcpState.TERMINATING, now);
                }
            }
            case PEER_CLOSED -> {
                if (now - lastReceived >= IDLE_MILLIS) {
                    enter(KcpState.TERMINATING, now);
                }
            }
            case TERMINATED -> {}
        }
    }

    private int pollLast(byte[] to, int at) {
        if (!lastTerminate) {
            return 0;
        }
        lastTerminate = false;
        return command(to, at, KcpSegments.TERMINATE);
    }

    private int pollTerminate(byte[] to, int at, long now) {
        if (now < nextTerminate) {
            return 0;
        }
        nextTerminate = now + terminatePause;
        terminatePause *= 2;
        return affordable(KcpSegments.COMMAND_SIZE) ? command(to, at, KcpSegments.TERMINATE) : 0;
    }

    private int pollOpen(byte[] to, int at, long now) {
        // A peer that may not be where it seems gets answers before it gets acks: an ack that spends what may be sent
        // to it
        // would leave the answer waiting.
        int length = confirmed ? pollAck(to, at, now) : pollData(to, at, now);
        if (length == 0) {
            length = confirmed ? pollData(to, at, now) : pollAck(to, at, now);
        }
        return length == 0 ? pollPing(to, at, now) : length;
    }

    private int pollAck(byte[] to, int at, long now) {
        if (!receiver.ackDue(now) || !affordable(KcpSegments.ACK_HEADER + 4 * receiver.ackNumbers())) {
            return 0;
        }
        return receiver.writeAck(to, at, conversation, option(), now);
    }

    private int pollData(byte[] to, int at, long now) {
        if (!state.sends()) {
            return 0;
        }
        int payload = affordablePayload();
        return payload == 0 ? 0 : sender.poll(to, at, conversation, option(), payload, (int) (now - created));
    }

    /** How long the next segment's payload may be; 0 where none may go. */
    private int affordablePayload() {
        int payload = parameters.payload();
        if (confirmed) {
            return payload;
        }
        long left = bytesReceived - bytesSent - parameters.overhead() - KcpSegments.DATA_HEADER;
        return left < sender.leastLength(LEAST_PAYLOAD) ? 0 : (int) Math.min(payload, left);
    }

    private int pollPing(byte[] to, int at, long now) {
        boolean due = (pingWanted && sender.isEmpty()) || now - lastPing >= PING_MILLIS;
        if (!due || !affordable(KcpSegments.COMMAND_SIZE)) {
            return 0;
        }
        if (now - lastPing >= PING_MILLIS && sender.isEmpty()) {
            sender.trim();
            receiver.trim();
        }
        pingWanted = false;
        lastPing = now;
        return command(to, at, KcpSegments.PING);
    }

    private int command(byte[] to, int at, int command) {
        return KcpSegments.writeCommand(
                to, at, conversation, command, option(), sender.sendingNext(), receiver.next(), roundTrip.rto());
    }

    private int option() {
        return state == KcpState.READY_TO_CLOSE ? KcpSegments.CLOSED : 0;
    }

    /** Nobody is sent more than came from there before it is known that somebody is there. */
    private boolean affordable(int length) {
        return confirmed || bytesSent + length + parameters.overhead() <= bytesReceived;
    }

    /** When the session wants to be polled again at the latest; {@link Long#MAX_VALUE} when it is over. */
    public long deadline(long now) {
        return switch (state) {
            case TERMINATED -> lastTerminate ? now : NEVER;
            case TERMINATING -> Math.min(nextTerminate, stateSince + TERMINATING_MILLIS + 1);
            case ACTIVE, PEER_CLOSED -> Math.min(lastReceived + IDLE_MILLIS, openDeadline(now));
            case READY_TO_CLOSE -> Math.min(stateSince + READY_TO_CLOSE_MILLIS + 1, openDeadline(now));
            case PEER_TERMINATING -> {
                // Longer where a slow reader has not taken everything.
                long over = stateSince + PEER_TERMINATING_MILLIS + 1;
                yield Math.min(over <= now ? now + PEER_TERMINATING_MILLIS : over, openDeadline(now));
            }
        };
    }

    private long openDeadline(long now) {
        long ping = lastPing + PING_MILLIS;
        // What is not affordable waits for the peer, not for time.
        long ack = confirmed || affordable(KcpSegments.ACK_HEADER) ? receiver.ackDeadline() : NEVER;
        long data = state.sends() && affordablePayload() > 0 ? sender.waitMillis((int) (now - created)) : NEVER;
        if (data != NEVER) {
            data += now;
        }
        return Math.max(now + 1, Math.min(Math.min(ping <= now ? now + PING_MILLIS : ping, ack), data));
    }
}
