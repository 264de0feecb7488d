package io.culvert.ingress.listener;

import io.culvert.ingress.session.LiveSession;
import io.culvert.model.CloseCause;
import io.culvert.transport.channel.ChildChannel;
import io.culvert.transport.channel.DroppedDatagrams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** One client's datagrams to one destination, as a channel inside the listening socket. */
final class DatagramSession extends ChildChannel {
    /** What may wait while the destination is being opened, as V2Ray has it (peers section 2, Buffers). */
    private static final int MOST_QUEUED_BYTES = 16 * 1024;
    /** The same in datagrams: each costs more than its bytes. */
    private static final int MOST_QUEUED = 512;

    private final Channel answers;
    private final InetSocketAddress client;
    private final DatagramSessions.Source source;
    private final DatagramListener.Wrap wrap;
    private final Closed onClose;
    private @Nullable LiveSession live;
    private int waiting;
    private boolean touched;

    /** Told when a session's channel has been closed. */
    interface Closed {
        void closed(DatagramSession session);
    }

    /** @param answers the socket that answers leave by, on the loop of the one that the client's datagrams come to */
    DatagramSession(
            Channel socket,
            Channel answers,
            InetSocketAddress client,
            DatagramSessions.Source source,
            DatagramListener.Wrap wrap,
            Closed onClose) {
        super(socket);
        this.answers = answers;
        this.client = client;
        this.source = source;
        this.wrap = wrap;
        this.onClose = onClose;
    }

    /** What the log and the routers know of it. */
    void runsAs(LiveSession session) {
        live = session;
    }

    /** Ends it from outside, on its loop; it is closed on return. */
    void end(CloseCause cause) {
        LiveSession session = live;
        if (session != null) {
            session.close(cause);
        }
        if (isOpen()) {
            abort();
        }
    }

    /**
     * A datagram from the client, which goes on at {@link #handOn} with the others of one turn of the loop; takes over the payload.
     *
     * @return whether it is the first since then
     */
    boolean received(ByteBuf payload) {
        source.moved(this);
        if (config().isAutoRead()) {
            waiting = 0;
            queue(payload);
        } else {
            keep(payload);
        }
        boolean first = !touched;
        touched = true;
        return first;
    }

    /** Gives what has been received to whoever reads. */
    void handOn() {
        touched = false;
        deliverQueued();
    }

    private void keep(ByteBuf payload) {
        if (queued() > 0 && (queued() + payload.readableBytes() > MOST_QUEUED_BYTES || waiting >= MOST_QUEUED)) {
            DroppedDatagrams.count(DroppedDatagrams.Reason.OPENING);
            payload.release();
            return;
        }
        waiting++;
        // A buffer of its own: a few bytes must not pin one that would hold the largest datagram.
        ByteBuf kept = alloc().buffer(payload.readableBytes()).writeBytes(payload);
        payload.release();
        queue(kept);
    }

    @Override
    protected void send(ByteBuf bytes) {
        if (!answers.isWritable()) {
            answers.flush();
            if (!answers.isWritable()) {
                DroppedDatagrams.count(DroppedDatagrams.Reason.CONGESTED);
                bytes.release();
                return;
            }
        }
        answers.write(new DatagramPacket(wrap.wrap(bytes), client), answers.voidPromise());
    }

    @Override
    protected void sendComplete() {
        source.moved(this);
        answers.flush();
    }

    @Override
    protected void sendEnd() {
        // Datagrams have no end.
    }

    @Override
    protected boolean canSend() {
        return true;
    }

    @Override
    protected void closed() {
        onClose.closed(this);
    }
}
