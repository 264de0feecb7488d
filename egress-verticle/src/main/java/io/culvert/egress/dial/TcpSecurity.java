package io.culvert.egress.dial;

import io.culvert.config.StreamConfig;
import io.culvert.model.Address;
import io.culvert.transport.tls.TlsClient;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** What an outbound that dials destinations itself lays on its TCP connections: TLS to the destination, or nothing. */
public final class TcpSecurity {
    private final @Nullable TlsClient tls;

    /** @throws TlsConfigException where the TLS settings cannot be used */
    public TcpSecurity(StreamConfig stream) throws TlsConfigException {
        this.tls = StreamDialer.tls(stream, StreamDialer.STREAM_ALPN);
    }

    /** The connection once it is secured; fails with {@link io.culvert.model.SessionFailure}. */
    public Future<Channel> secure(Future<Channel> connected, Address destination, int port, EventLoop loop) {
        return SocketTransport.secure(connected, tls, destination, port, loop);
    }
}
