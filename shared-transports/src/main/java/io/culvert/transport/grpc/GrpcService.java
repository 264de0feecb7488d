package io.culvert.transport.grpc;

import io.culvert.config.TransportSettings.Grpc;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.h2.StreamService;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/** The server of gRPC's tunnel: a service with the methods {@code Tun} and {@code TunMulti}, whichever the client likes. */
public final class GrpcService implements StreamService {
    private static final String CONTENT_TYPE = "application/grpc";

    private final String tun;
    private final String tunMulti;

    public GrpcService(Grpc settings) {
        this.tun = GrpcRequest.path(settings.serviceName(), false);
        this.tunMulti = GrpcRequest.path(settings.serviceName(), true);
    }

    @Override
    public @Nullable Http2Headers answer(Http2Headers request) {
        CharSequence path = request.path();
        CharSequence type = request.get("content-type");
        boolean ours = path != null
                && (tun.contentEquals(path) || tunMulti.contentEquals(path))
                && request.method() != null
                && "POST".contentEquals(request.method())
                && type != null
                && type.toString().startsWith(CONTENT_TYPE);
        return ours ? new DefaultHttp2Headers().status("200").set("content-type", CONTENT_TYPE) : null;
    }

    @Override
    public Http2Headers trailers() {
        return new DefaultHttp2Headers().set("grpc-status", "0").set("grpc-message", "");
    }

    @Override
    public void install(Channel stream) {
        Channels.addProtocol(stream, TunnelHandler.NAME, new TunnelHandler());
    }

    /** V2Ray does not look at it here; behind a front on this host its clients would all seem to be clients of this host. */
    @Override
    public boolean trustsForwardedFor() {
        return true;
    }
}
