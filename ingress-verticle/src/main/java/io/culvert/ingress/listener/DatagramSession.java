package io.culvert.ingress.listener;

import io.culvert.transport.channel.ChildChannel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/** One client's datagrams to one destination, as a channel inside the listening socket. */
final class DatagramSession extends ChildChannel {
    /** What may wait while the destination is being opened, as V2Ray has it (peers section 2, Buffers). */
    private static final int MOST_QUEUED_BYTES = 16 * 1024;

    private final Channel answers;
    private final InetSocketAddress client;
    private final DatagramListener.Wrap wrap;
    private final Runnable onClose;

    /** @param answers the socket that answers leave by, on the loop of the one that the client's datagrams come to */
    DatagramSession(
            Channel socket, Channel answers, InetSocketAddress client, DatagramListener.Wrap wrap, Runnable onClose) {
        super(socket);
        this.answers = answers;
        this.client = client;
        this.wrap = wrap;
        this.onClose = onClose;
    }

    /** A datagram from the client; takes over the payload. */
    void received(ByteBuf payload) {
        if (queued() + payload.readableBytes() > MOST_QUEUED_BYTES && queued() > 0) {
            payload.release();
        } else {
            deliver(payload);
        }
    }

    @Override
    protected void send(ByteBuf bytes) {
        answers.write(new DatagramPacket(wrap.wrap(bytes), client), answers.voidPromise());
    }

    @Override
    protected void sendComplete() {
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
        onClose.run();
    }
}
