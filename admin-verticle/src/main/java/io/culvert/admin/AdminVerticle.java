package io.culvert.admin;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server for the operator: {@code /hello}, {@code /health}, {@code /ready}, {@code /metrics}, {@code /api}.
 *
 * <p>{@code /api} always wants the bearer token; {@code /metrics} wants it where the server listens beyond loopback. There are
 * no CORS headers, and a Host header that is not on the list is refused, so that no web page can read from it.
 */
public final class AdminVerticle extends VerticleBase {
    private static final int IDLE_SECONDS = 30;
    private static final int MAX_HEADER_BYTES = 8 * 1024;
    private static final int MISDIRECTED = 421;

    private final AdminOptions options;
    private final Metrics metrics;
    private final AdminServices services;
    private final Set<String> hosts = new HashSet<>();
    private boolean loopback;
    private @Nullable AdminToken token;
    private @Nullable HttpServer server;

    /** @param services the node; asked on this verticle's event loop */
    public AdminVerticle(AdminOptions options, Metrics metrics, AdminServices services) {
        this.options = options;
        this.metrics = metrics;
        this.services = services;
    }

    @Override
    public Future<?> start() {
        HttpServerOptions http = new HttpServerOptions()
                .setHost(options.host())
                .setPort(options.port())
                .setIdleTimeout(IDLE_SECONDS)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setHttp2ClearTextEnabled(false);
        return vertx.executeBlocking(this::prepare)
                .compose(_ ->
                        vertx.createHttpServer(http).requestHandler(routes()).listen())
                .onSuccess(listening -> server = listening);
    }

    @Override
    public Future<?> stop() {
        return server == null ? Future.succeededFuture() : server.close();
    }

    /** The port that it listens on, once it is deployed. */
    public int port() {
        if (server == null) {
            throw new IllegalStateException("not deployed");
        }
        return server.actualPort();
    }

    private AdminToken prepare() throws Exception {
        loopback = isLoopback(options.host());
        hosts.addAll(Set.of("localhost", "127.0.0.1", "[::1]"));
        hosts.add(literal(options.host()));
        options.hosts().forEach(host -> hosts.add(literal(host)));
        AdminToken loaded = AdminToken.loadOrCreate(options.tokenFile());
        token = loaded;
        return loaded;
    }

    private Router routes() {
        Router router = Router.router(vertx);
        Answers.addTo(router);
        router.route().handler(this::checkHost);
        // HEAD is what some load balancers look with.
        open(router, "/hello", request -> Answers.text(request, 200, "Culvert " + options.version() + " is up\n"));
        open(router, "/health", request -> Answers.text(request, 200, "ok\n"));
        open(router, "/ready", this::ready);
        open(router, "/metrics", this::metrics);
        router.route("/api/*").handler(this::checkToken);
        new ApiRoutes(services).addTo(router);
        return router;
    }

    private static void open(Router router, String path, Handler<RoutingContext> handler) {
        router.get(path).handler(handler);
        router.head(path).handler(handler);
        Answers.only(router, path, "GET, HEAD");
    }

    private void checkHost(RoutingContext request) {
        String header = request.request().getHeader("Host");
        if (header == null || !hosts.contains(nameOf(header))) {
            Answers.say(request, MISDIRECTED, "this server does not answer under that name");
            return;
        }
        request.response().putHeader("Cache-Control", "no-store").putHeader("X-Content-Type-Options", "nosniff");
        request.next();
    }

    private void checkToken(RoutingContext request) {
        if (authorised(request)) {
            request.next();
        }
    }

    private boolean authorised(RoutingContext request) {
        String authorization = request.request().getHeader("Authorization");
        if (token != null && authorization != null && token.permits(authorization)) {
            return true;
        }
        request.response().putHeader("WWW-Authenticate", "Bearer");
        Answers.say(request, 401, "the bearer token is missing or wrong");
        return false;
    }

    private void ready(RoutingContext request) {
        if (services.ready()) {
            Answers.text(request, 200, "ready\n");
        } else {
            Answers.text(request, 503, "not ready\n");
        }
    }

    private void metrics(RoutingContext request) {
        if (!loopback && !authorised(request)) {
            return;
        }
        vertx.executeBlocking(metrics::scrape, false)
                .onSuccess(page -> request.response()
                        .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                        .end(page))
                .onFailure(request::fail);
    }

    /** The name in a Host header, without its port. */
    private static String nameOf(String header) {
        int end = header.startsWith("[") ? header.indexOf(']') + 1 : header.indexOf(':');
        return (end > 0 ? header.substring(0, end) : header).toLowerCase(Locale.ROOT);
    }

    private static String literal(String host) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host).toLowerCase(Locale.ROOT);
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException _) {
            return false;
        }
    }
}
