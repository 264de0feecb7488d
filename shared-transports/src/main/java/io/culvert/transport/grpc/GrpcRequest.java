package io.culvert.transport.grpc;

import io.culvert.config.TransportSettings.Grpc;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.h2.StreamRequest;
import io.culvert.wire.http.RequestPath;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/**
 * The call that opens gRPC's tunnel, as V2Ray 4.36 and Xray make it. It does not wait for the answer, only for
 * a refusal where the connection is new: a gRPC server sends its header fields with its first message.
 */
public final class GrpcRequest implements StreamRequest {
    private static final int UNIMPLEMENTED = 12;

    private final String path;
    private final String authority;
    private final String scheme;

    /**
     * @param authority what {@code :authority} says where the settings name none
     * @param tls whether the connection has TLS
     */
    public GrpcRequest(Grpc settings, String authority, boolean tls) {
        this.path = path(settings.serviceName(), settings.multi());
        this.authority = settings.authority().isEmpty() ? authority : settings.authority();
        this.scheme = tls ? "https" : "http";
    }

    /**
     * The path of a method. Xray escapes the service name as one segment; V2Ray 5 writes it as it is, which is the same for the
     * names that people choose and a path that fronts refuse for others. Xray: a service name that begins with a slash is the whole path, with the names of both methods
     * behind its last slash, as {@code /a/b/Tun|TunMulti}.
     */
    static String path(String serviceName, boolean multi) {
        if (!serviceName.startsWith("/")) {
            return "/" + RequestPath.escapeSegment(serviceName) + (multi ? "/TunMulti" : "/Tun");
        }
        int last = serviceName.lastIndexOf('/');
        String[] methods = serviceName.substring(last + 1).split("\\|", 2);
        StringBuilder path = new StringBuilder();
        for (String part : serviceName.substring(1, Math.max(1, last)).split("/", -1)) {
            path.append('/').append(RequestPath.escapeSegment(part));
        }
        return path.append('/')
                .append(RequestPath.escapeSegment(methods[multi ? methods.length - 1 : 0]))
                .toString();
    }

    @Override
    public Http2Headers headers() {
        return new DefaultHttp2Headers()
                .method("POST")
                .scheme(scheme)
                .path(path)
                .authority(authority)
                .set("content-type", "application/grpc")
                .set("user-agent", "grpc-go/1.41.0")
                .set("te", "trailers");
    }

    @Override
    public boolean awaitsAnswer() {
        return false;
    }

    /** gRPC's status, as a number from 0 for success to 16; an unknown service or method is 12. */
    @Override
    public @Nullable String refusal(Http2Headers answer) {
        Integer status = answer.getInt("grpc-status");
        if (status == null || status == 0) {
            return null;
        }
        return "gRPC status " + status
                + (status == UNIMPLEMENTED ? ", no such service: is \"serviceName\" the server's?" : "");
    }

    @Override
    public void install(Channel stream) {
        Channels.addProtocol(stream, TunnelHandler.NAME, new TunnelHandler());
    }
}
