package io.culvert.transport.raw;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.transport.Transport;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Vert.x's transport with listening sockets that accept as those of sessions do ({@link Sockets#accepting()}), and with what else
 * is to be set up at them. Vert.x makes its servers itself, that of the event bus among them, and takes nothing but options,
 * none of which is about this; a transport is the one thing that is given to it and asked about every server.
 */
public final class VertxListeners implements Transport {
    private final Transport plain;
    private final Listening listening;

    /** The system's own transport where it loads, as Vert.x would choose. */
    public VertxListeners() {
        this(_ -> {});
    }

    /** @param setUp what else each server is set up with, before it is bound; any thread */
    public VertxListeners(Consumer<ServerBootstrap> setUp) {
        Transport own = Transport.nativeTransport();
        this.plain = own != null && own.available() ? own : Transport.NIO;
        this.listening = new Listening(plain.implementation(), setUp);
    }

    @Override
    public String name() {
        return plain.name();
    }

    @Override
    public boolean available() {
        return plain.available();
    }

    @Override
    public @Nullable Throwable unavailabilityCause() {
        return plain.unavailabilityCause();
    }

    @Override
    public io.vertx.core.spi.transport.Transport implementation() {
        return listening;
    }

    private record Listening(io.vertx.core.spi.transport.Transport plain, Consumer<ServerBootstrap> setUp)
            implements io.vertx.core.spi.transport.Transport {
        @Override
        public void configure(TcpConfig options, boolean domainSocket, ServerBootstrap bootstrap) {
            plain.configure(options, domainSocket, bootstrap);
            bootstrap.option(ChannelOption.RECVBUF_ALLOCATOR, Sockets.accepting());
            setUp.accept(bootstrap);
        }

        @Override
        public void configure(TcpConfig options, boolean domainSocket, Bootstrap bootstrap) {
            plain.configure(options, domainSocket, bootstrap);
        }

        @Override
        public void configure(DatagramChannel channel, DatagramSocketOptions options) {
            plain.configure(channel, options);
        }

        @Override
        public boolean supportsDomainSockets() {
            return plain.supportsDomainSockets();
        }

        @Override
        public boolean supportFileRegion() {
            return plain.supportFileRegion();
        }

        @Override
        public boolean isAvailable() {
            return plain.isAvailable();
        }

        @Override
        public @Nullable Throwable unavailabilityCause() {
            return plain.unavailabilityCause();
        }

        @Override
        public java.net.SocketAddress convert(SocketAddress address) {
            return plain.convert(address);
        }

        @Override
        public SocketAddress convert(java.net.SocketAddress address) {
            return plain.convert(address);
        }

        @Override
        public IoHandlerFactory ioHandlerFactory() {
            return plain.ioHandlerFactory();
        }

        @Override
        public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory factory, int ioRatio) {
            return plain.eventLoopGroup(type, threads, factory, ioRatio);
        }

        @Override
        @SuppressWarnings("deprecation") // Netty's, and part of what Vert.x asks for.
        public DatagramChannel datagramChannel(InternetProtocolFamily family) {
            return plain.datagramChannel(family);
        }

        @Override
        public ChannelFactory<? extends DatagramChannel> datagramChannelFactory() {
            return plain.datagramChannelFactory();
        }

        @Override
        public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
            return plain.channelFactory(domainSocket);
        }

        @Override
        public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
            return plain.serverChannelFactory(domainSocket);
        }
    }
}
