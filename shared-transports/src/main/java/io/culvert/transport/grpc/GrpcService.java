package io.culvert.transport.grpc;

import io.culvert.config.TransportSettings.Grpc;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.h2.StreamService;
import io.culvert.wire.http.RequestPath;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The server of gRPC's tunnel: a service with the methods {@code Tun} and {@code TunMulti}, whichever the client likes, its name
 * escaped as Xray's clients write it, or bare as V2Ray's do.
 */
public final class GrpcService implements StreamService {
    private static final String CONTENT_TYPE = "application/grpc";

    private final Set<String> paths;

    public GrpcService(Grpc settings) {
        Set<String> known = new HashSet<>();
        known.add(GrpcRequest.path(settings.serviceName(), false));
        known.add(GrpcRequest.path(settings.serviceName(), true));
        known.add("/" + RequestPath.bytes(settings.serviceName()) + "/Tun");
        this.paths = Set.copyOf(known);
    }

    @Override
    public @Nullable Http2Headers answer(Http2Headers request) {
        CharSequence path = request.path();
        CharSequence type = request.get("content-type");
        boolean ours = path != null
                && paths.contains(path.toString())
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
