package io.culvert.transport.link;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ChildChannel;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A session's stream, either end, as a channel inside its connection, with a window of its own in each direction.
 *
 * <p>It ends when both directions have; else by a RESET that says why, or with its connection. The relay hears of the latter two as
 * a {@link CloseCause}: of a failure at once, whatever lies unread, of an orderly end behind it.
 */
final class LinkStream extends ChildChannel {
    private final LinkConnection connection;
    private final int number;
    /** What our end without a word of why means to the peer. */
    private final CloseCause ownReset;
    /** Who waits for the egress's answer, at the ingress; null once it has come. */
    private @Nullable LinkAsk ask;

    private int sendWindow;
    /** What the peer may have sent and we have not read, at most. */
    private int window = LinkLimits.FIRST_WINDOW;

    /** Bytes of the peer for which no new window has been given. */
    private int received;
    /** Bytes read since the window has grown. */
    private int readSinceGrowth;

    private boolean inputEnded;
    private boolean outputEnded;
    /** The peer has forgotten the stream, or cannot be told anything. */
    private boolean peerGone;

    private boolean touched;

    private LinkStream(
            LinkConnection connection, int number, CloseCause ownReset, @Nullable LinkAsk ask, int sentAhead) {
        super(connection.socket());
        this.connection = connection;
        this.number = number;
        this.ownReset = ownReset;
        this.ask = ask;
        this.sendWindow = LinkLimits.FIRST_WINDOW - sentAhead;
    }

    /**
     * A stream that an ingress opens: behind it is the egress's destination.
     *
     * @param sentAhead bytes that have left on it with its order
     */
    static LinkStream ofIngress(LinkConnection connection, int number, LinkAsk ask, int sentAhead) {
        return new LinkStream(connection, number, CloseCause.CLIENT_RESET, ask, sentAhead);
    }

    /** A stream that has come to an egress: behind it is the ingress's client. */
    static LinkStream ofEgress(LinkConnection connection, int number) {
        return new LinkStream(connection, number, CloseCause.UPSTREAM_RESET, null, 0);
    }

    LinkConnection connection() {
        return connection;
    }

    int number() {
        return number;
    }

    int window() {
        return window;
    }

    /** Whether this is the first time since {@link #handOn}. */
    boolean touch() {
        boolean first = !touched;
        touched = true;
        return first;
    }

    /** Gives what has been received to whoever reads. */
    void handOn() {
        touched = false;
        deliverQueued();
    }

    /**
     * Takes bytes from the peer.
     *
     * @return false where they are more than it was given leave for
     */
    boolean received(ByteBuf bytes) {
        received += bytes.readableBytes();
        if (inputEnded || received > window) {
            bytes.release();
            return false;
        }
        queue(bytes);
        return true;
    }

    /** Everything has been read: the peer may send more, and more at once while it is read fast. */
    @Override
    protected void wantsMore() {
        if (inputEnded || peerGone || received < window / 2) {
            return;
        }
        int more = received;
        received = 0;
        readSinceGrowth += more;
        if (readSinceGrowth >= window && connection.grants(this, window)) {
            readSinceGrowth = 0;
            more += window;
            window *= 2;
        }
        connection.write(LinkFrames.window(alloc(), number, more));
        connection.flush();
    }

    /** Who waits for the answer, which is given once. */
    private @Nullable LinkAsk takeAsk() {
        LinkAsk asked = ask;
        ask = null;
        return asked;
    }

    /** The peer sends nothing more. */
    void endInput() {
        if (!inputEnded) {
            inputEnded = true;
            deliverEnd();
        }
    }

    /** The peer has ended the stream before both directions had. */
    void reset(CloseCause cause) {
        peerGone = true;
        LinkAsk asked = takeAsk();
        if (asked != null) {
            asked.failed(new SessionFailure(cause, "egress: " + cause.text()));
            close();
        } else if (isOrderly(cause)) {
            deliverEvent(cause);
        } else {
            pipeline().fireUserEventTriggered(cause);
            close();
        }
    }

    private static boolean isOrderly(CloseCause cause) {
        return cause == CloseCause.COMPLETED
                || cause == CloseCause.IDLE_TIMEOUT
                || cause == CloseCause.HALF_CLOSED_TIMEOUT;
    }

    @Override
    protected void eventDelivered(Object event) {
        if (event instanceof CloseCause) {
            close();
        }
    }

    /** The connection is lost, now. */
    void lost() {
        peerGone = true;
        LinkAsk asked = takeAsk();
        if (asked != null) {
            asked.failed(new SessionFailure(CloseCause.LINK_FAILED, "link: connection lost"));
        } else {
            pipeline().fireUserEventTriggered(CloseCause.LINK_FAILED);
        }
        close();
    }

    /**
     * The peer has not been heard for a while. Nothing of a client that waits has been sent that may not be sent again: it need
     * not wait until the connection is given up.
     */
    void suspected() {
        giveUp(new SessionFailure(CloseCause.LINK_FAILED, "link: no sign of life from the egress"));
    }

    /** Ends a stream whose order has not been answered. */
    void giveUp(SessionFailure why) {
        LinkAsk asked = takeAsk();
        if (asked != null) {
            asked.failed(why);
            abort();
        }
    }

    /** The egress has opened the destination. */
    void opened() {
        LinkAsk asked = takeAsk();
        if (asked != null) {
            asked.opened(this);
        }
    }

    /** The egress has not. */
    void refused(SessionFailure why) {
        peerGone = true;
        LinkAsk asked = takeAsk();
        if (asked != null) {
            asked.failed(why);
        }
        close();
    }

    /** Tells the ingress that the destination stands. */
    void answerOpened() {
        connection.write(LinkFrames.bare(alloc(), LinkFrames.OPENED, number));
    }

    /** Tells the ingress why not, and ends the stream. */
    void refuse(SessionFailure why) {
        if (isOpen()) {
            connection.write(LinkFrames.refused(alloc(), number, why));
            connection.flush();
            peerGone = true;
            close();
        }
    }

    /** The peer may be sent more. False where it says so beyond all reason. */
    boolean allow(int bytes) {
        if (bytes <= 0 || sendWindow > LinkLimits.MAX_SEND_WINDOW - bytes) {
            return false;
        }
        boolean blocked = sendWindow == 0;
        sendWindow += bytes;
        if (blocked) {
            sendable();
        }
        return true;
    }

    @Override
    protected boolean canSend() {
        return peerGone || (sendWindow > 0 && connection.takes(this));
    }

    @Override
    protected int room() {
        return peerGone ? Integer.MAX_VALUE : Math.min(sendWindow, LinkLimits.FRAME);
    }

    @Override
    protected void send(ByteBuf bytes) {
        if (peerGone || outputEnded) {
            bytes.release();
            return;
        }
        sendWindow -= bytes.readableBytes();
        connection.writeData(number, bytes);
    }

    @Override
    protected void sendComplete() {
        connection.flush();
    }

    @Override
    protected void sendEnd() {
        if (!outputEnded && !peerGone) {
            outputEnded = true;
            connection.write(LinkFrames.bare(alloc(), LinkFrames.END, number));
            connection.flush();
        }
    }

    /** Behind an input that has ended the output ends, else a reset says why; after an abort always a reset. */
    @Override
    protected void closed() {
        connection.remove(this);
        LinkAsk asked = takeAsk();
        if (asked != null) {
            asked.failed(new SessionFailure(CloseCause.LINK_FAILED, "link: closed"));
        }
        if (peerGone || (inputEnded && outputEnded)) {
            return;
        }
        CloseCause reason = Channels.reasonOf(this);
        if (isAborted() || asked != null) {
            sayReset(reason == null ? ownReset : reason);
        } else if (inputEnded) {
            sendEnd();
        } else {
            sayReset(reason == null ? CloseCause.COMPLETED : reason);
        }
    }

    private void sayReset(CloseCause reason) {
        connection.write(LinkFrames.reset(alloc(), number, reason));
        connection.flush();
    }
}
