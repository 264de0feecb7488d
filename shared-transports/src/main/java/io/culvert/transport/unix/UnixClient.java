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
        ChannelFuture connected = new Bootstrap()
                .group(loop)
                .channel(EpollDomainSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Sockets.CONNECT_MILLIS)
                .handler(PREPARE)
                .connect(address.toNetty());
        connected.addListener(done -> {
            if (done.isSuccess()) {
                result.trySuccess(connected.channel());
            } else {
                // Netty's exception for a path that is not there says nothing.
                String why = done.cause() instanceof FileNotFoundException
                        ? "No such file or directory"
                        : String.valueOf(done.cause().getMessage());
                result.tryFailure(new SessionFailure(
                        why.contains("refused") ? CloseCause.DIAL_REFUSED : CloseCause.DIAL_UNREACHABLE,
                        address + ": " + why.replace('\0', ' ').strip()));
            }
        });
        return result;
    }

    @ChannelHandler.Sharable
    private static final class Prepare extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            Channels.prepare(channel);
        }
    }
}
