package io.culvert.ingress.protocol;

import io.culvert.model.CloseCause;
import io.culvert.transport.channel.ChildChannel;
import io.culvert.wire.http.BodyRelay;
import io.culvert.wire.http.HttpExchange;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** One plain request and its answer as a channel inside the client's connection: it reads the request and is written the answer. */
final class HttpExchangeChannel extends ChildChannel {
    private final HttpExchange exchange;
    private final Over over;
    private final Runnable wantsMore;
    private boolean done;

    /** Told once: the answer is through, or (false) there is none or only a part of one. */
    interface Over {
        void over(HttpExchangeChannel channel, boolean answered);
    }

    /** @param wantsMore called when more of the request may be delivered */
    HttpExchangeChannel(Channel client, HttpExchange exchange, Over over, Runnable wantsMore) {
        super(client);
        this.exchange = exchange;
        this.over = over;
        this.wantsMore = wantsMore;
    }

    HttpExchange exchange() {
        return exchange;
    }

    @Override
    protected void send(ByteBuf bytes) {
        try {
            if (!done) {
                judge(exchange.response().relay(bytes, this::toClient));
            }
        } finally {
            bytes.release();
        }
    }

    private void toClient(ByteBuf bytes) {
        parent().write(bytes, parent().voidPromise());
    }

    @Override
    protected void sendComplete() {
        parent().flush();
    }

    @Override
    protected void sendEnd() {
        if (!done) {
            judge(exchange.response().inputEnded(this::toClient));
            parent().flush();
        }
    }

    private void judge(BodyRelay.State state) {
        switch (state) {
            case MORE -> {}
            case ENDED -> finish(true, CloseCause.COMPLETED);
            case FAILED ->
                finish(
                        false,
                        exchange.response().isMalformed()
                                ? CloseCause.MALFORMED_ANSWER
                                : CloseCause.UPSTREAM_HANDSHAKE_FAILED);
        }
    }

    private void finish(boolean answered, CloseCause cause) {
        done = true;
        parent().flush();
        // Ends the session, and with it this channel; then the connection is free for the next request.
        eventLoop().execute(() -> {
            pipeline().fireUserEventTriggered(cause);
            over.over(this, answered);
        });
    }

    @Override
    protected boolean canSend() {
        return parent().isWritable();
    }

    @Override
    protected void wantsMore() {
        wantsMore.run();
    }

    @Override
    protected void closed() {
        if (!done) {
            done = true;
            over.over(this, false);
        }
    }
}
