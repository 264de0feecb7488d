package io.culvert.transport.httpdisguise;

import io.culvert.config.TransportSettings.HttpDisguise;
import io.culvert.model.Address;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.UpstreamFaults;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.wire.http.DisguiseHeads;
import io.culvert.wire.http.DisguiseReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.ThreadLocalRandom;

/** The disguise towards the server of an outbound, over a connection that another transport opens. It costs no round trip. */
public final class DisguiseClient implements ClientTransport {
    private final HttpDisguise settings;
    private final ClientTransport below;

    /** @param below opens the socket, with its TLS */
    public DisguiseClient(HttpDisguise settings, ClientTransport below) {
        this.settings = settings;
        this.below = below;
    }

    @Override
    public Future<Channel> open(Address server, int port, EventLoop loop) {
        Promise<Channel> ready = loop.newPromise();
        below.open(server, port, loop).addListener((Future<Channel> opened) -> {
            if (opened.isSuccess()) {
                Channels.addProtocol(opened.getNow(), "disguise-writer", new Writer(settings));
                Channels.addProtocol(opened.getNow(), "disguise-reader", new Reader());
                ready.trySuccess(opened.getNow());
            } else {
                ready.tryFailure(opened.cause());
            }
        });
        return ready;
    }

    private static final class Writer extends DisguiseWriter {
        private final HttpDisguise settings;

        Writer(HttpDisguise settings) {
            this.settings = settings;
        }

        @Override
        protected void writeHeader(ByteBuf out) {
            DisguiseHeads.writeRequest(
                    out,
                    settings.method(),
                    settings.paths(),
                    settings.requestVersion(),
                    settings.requestHeaders(),
                    ThreadLocalRandom.current());
        }
    }

    /** Skips the header of the answer. */
    private static final class Reader extends HandshakeHandler {
        private final DisguiseReader reader = DisguiseReader.ofResponse();

        @Override
        protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
            return switch (reader.read(in)) {
                case NEED_MORE -> false;
                case DONE -> true;
                case NOT_FOUND, MALFORMED -> {
                    in.skipBytes(in.readableBytes());
                    UpstreamFaults.tell(ctx, "the answer does not begin with the header of an HTTP response");
                    yield true;
                }
            };
        }
    }
}
