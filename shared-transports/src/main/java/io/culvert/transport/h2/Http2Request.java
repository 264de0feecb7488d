package io.culvert.transport.h2;

import io.culvert.config.TransportSettings.Http2;
import io.culvert.wire.http.RequestPath;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** V2Ray's HTTP/2 request (wire-formats section 14.4), with the method and the header fields that Xray lets one configure. */
public final class Http2Request implements StreamRequest {
    private static final String DEFAULT_HOST = "www.example.com";
    private static final String DEFAULT_METHOD = "PUT";

    private final List<String> hosts;
    private final String path;
    private final String method;
    private final Map<String, String> fields = new TreeMap<>();
    private final Supplier<? extends RandomGenerator> random;

    /** @param random picks the host of a request; asked on the event loop that sends it */
    public Http2Request(Http2 settings, Supplier<? extends RandomGenerator> random) {
        this.hosts = settings.hosts().isEmpty() ? List.of(DEFAULT_HOST) : settings.hosts();
        this.path = RequestPath.escape(Http2Service.rooted(settings.path()));
        this.method = settings.method().isEmpty() ? DEFAULT_METHOD : settings.method();
        this.random = random;
        fields.put("accept-encoding", "identity");
        fields.put("user-agent", "Go-http-client/2.0");
        settings.headers().forEach((name, value) -> fields.put(name.toLowerCase(Locale.ROOT), value));
        fields.remove("host");
    }

    @Override
    public Http2Headers headers() {
        Http2Headers headers = new DefaultHttp2Headers()
                .authority(hosts.get(random.get().nextInt(hosts.size())))
                .method(method)
                .path(path)
                .scheme("https");
        fields.forEach(headers::set);
        return headers;
    }

    @Override
    public boolean awaitsAnswer() {
        return true;
    }
}
