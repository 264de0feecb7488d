package io.culvert.transport.unix;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.raw.Sockets;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.FileNotFoundException;
import java.io.IOException;

/** Connects to a unix socket, whatever server is asked for: the operator wrote the one address. */
public final class UnixClient implements ClientTransport {
    private static final ChannelHandler PREPARE = new Prepare();

    private final UnixAddress address;

    public UnixClient(UnixAddress address) {
        this.address = address;
    }

    @Override
    public Future<Channel> open(Address server, int port, EventLoop loop) {
        if (!Sockets.isEpoll(loop)) {
            return loop.newFailedFuture(new SessionFailure(
                    CloseCause.DIAL_UNREACHABLE, "unix sockets need Linux and Netty's native transport"));
        }
        Promise<Channel> result = loop.newPromise();
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Sockets.CONNECT_MILLIS)
                .handler(PREPARE);
        ChannelFuture connected;
        try {
            connected = connect(bootstrap);
        } catch (IOException e) {
            return result.setFailure(failure(e));
        }
        connected.addListener(done -> {
            if (done.isSuccess()) {
                result.trySuccess(connected.channel());
            } else {
                result.tryFailure(failure(done.cause()));
            }
        });
        return result;
    }

    private ChannelFuture connect(Bootstrap bootstrap) throws IOException {
        if (!address.isPadded()) {
            return bootstrap.channel(EpollDomainSocketChannel.class).connect(address.toNetty());
        }
        int descriptor = PaddedSockets.connect(address);
        return bootstrap
                .channelFactory(() -> new EpollDomainSocketChannel(descriptor, true))
                .register();
    }

    private SessionFailure failure(Throwable fault) {
        // Netty's exception for a path that is not there says nothing.
        String why = fault instanceof FileNotFoundException
                ? "No such file or directory"
                : String.valueOf(fault.getMessage());
        return new SessionFailure(
                why.contains("refused") ? CloseCause.DIAL_REFUSED : CloseCause.DIAL_UNREACHABLE,
                address + ": " + why.replace('\0', ' ').strip());
    }

    @ChannelHandler.Sharable
    private static final class Prepare extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            Channels.prepare(channel);
        }
    }
}
