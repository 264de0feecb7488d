package io.culvert.transport.proxyprotocol;

import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.channel.HalfCloseHandler;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.wire.Decoded;
import io.culvert.wire.proxyprotocol.ProxyHeader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.function.Consumer;

/**
 * Takes the header in front of everything else, TLS included, and says who the client is. A connection without one is closed
 * without a word.
 */
public final class ProxyProtocolHandler extends HandshakeHandler {
    private static final String NAME = "proxy-protocol";

    private final Consumer<Channel> next;

    private ProxyProtocolHandler(Consumer<Channel> next) {
        this.next = next;
    }

    /**
     * Waits for the header of a fresh socket. The caller's deadline ends one that sends none.
     *
     * @param next is given the socket once its client is known; what has come behind the header follows then
     */
    public static void install(Channel socket, Consumer<Channel> next) {
        socket.pipeline().addAfter(HalfCloseHandler.NAME, NAME, new ProxyProtocolHandler(next));
    }

    @Override
    protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
        return switch (ProxyHeader.read(in)) {
            case Decoded.NeedMore<ProxyHeader> _ -> false;
            case Decoded.Malformed<ProxyHeader> _ -> {
                in.skipBytes(in.readableBytes());
                ctx.close();
                yield true;
            }
            case Decoded.Complete<ProxyHeader>(ProxyHeader header) -> {
                if (header.source() != null) {
                    ClientAddress.set(ctx.channel(), header.source());
                }
                next.accept(ctx.channel());
                yield true;
            }
        };
    }

    /** A client that ends its stream within the header will never finish it. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT) {
            ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }
}
