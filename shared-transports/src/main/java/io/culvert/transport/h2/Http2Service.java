package io.culvert.transport.h2;

import io.culvert.config.TransportSettings.Http2;
import io.culvert.wire.http.RequestPath;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * V2Ray's HTTP/2 server (wire-formats section 14.4): any method, one of the configured hosts exactly, and a path that,
 * decoded, begins with the configured one.
 */
public final class Http2Service implements StreamService {
    private final List<String> hosts;
    private final String path;
    private final boolean trustForwardedFor;

    public Http2Service(Http2 settings) {
        this.hosts = settings.hosts();
        this.path = rooted(settings.path());
        this.trustForwardedFor = settings.trustForwardedFor();
    }

    static String rooted(String path) {
        return path.startsWith("/") ? path : "/" + path;
    }

    @Override
    public @Nullable Http2Headers answer(Http2Headers request) {
        CharSequence authority = request.authority() == null ? request.get("host") : request.authority();
        String asked =
                request.path() == null ? null : RequestPath.of(request.path().toString());
        boolean ours = asked != null
                && asked.startsWith(path)
                && (hosts.isEmpty() || (authority != null && hosts.contains(authority.toString())));
        return ours ? new DefaultHttp2Headers().status("200").set("cache-control", "no-store") : null;
    }

    @Override
    public boolean trustsForwardedFor() {
        return trustForwardedFor;
    }
}
