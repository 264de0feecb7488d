package io.culvert.transport.raw;

import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;

/** A UDP socket with one peer as a channel of datagrams: a {@code ByteBuf} is a datagram. Datagrams have no end. */
public final class UdpPeerHandler extends ChannelDuplexHandler {
    private static final String NAME = "udp-peer";

    private final InetSocketAddress peer;

    private UdpPeerHandler(InetSocketAddress peer) {
        this.peer = peer;
    }

    /** What {@link Sockets#connectUdp} installs. */
    public static ChannelHandler initializer(InetSocketAddress peer) {
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(NAME, new UdpPeerHandler(peer));
                channel.pipeline().addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
            }
        };
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        DatagramPacket packet = (DatagramPacket) message;
        ByteBuf content = packet.content();
        if (!content.isReadable()) {
            packet.release();
            return;
        }
        ctx.fireChannelRead(content);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message == StreamEnd.OUTPUT) {
            promise.trySuccess();
            return;
        }
        if (message instanceof ByteBuf nothing && !nothing.isReadable()) {
            nothing.release();
            promise.trySuccess();
            return;
        }
        ctx.write(new DatagramPacket((ByteBuf) message, peer), promise);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        // An ICMP answer to one datagram, or one that is too long, says nothing about the next.
        if (!(fault instanceof IOException)) {
            ctx.fireExceptionCaught(fault);
        }
    }
}
