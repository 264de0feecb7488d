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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server for the operator: {@code /hello}, {@code /health}, {@code /ready}, {@code /metrics}, {@code /api}.
 *
 * <p>{@code /api} always wants the bearer token; {@code /metrics} wants it, or one of its own, where the server listens beyond
 * loopback. There are no CORS headers, and a Host header under which the server does not answer is refused, so that no web page
 * can read from it. {@code /health} and {@code /ready} say only yes or no, and answer under every name: probes ask by addresses
 * and names that the node does not know of.
 */
public final class AdminVerticle extends VerticleBase {
    private static final int IDLE_SECONDS = 30;
    private static final int MAX_HEADER_BYTES = 8 * 1024;
    private static final int MISDIRECTED = 421;

    private final AdminOptions options;
    private final Metrics metrics;
    private final AdminServices services;
    private final HostCheck hosts;
    private boolean loopback;
    private @Nullable AdminToken token;
    private @Nullable AdminToken metricsToken;
    private @Nullable HttpServer server;

    /** @param services the node; asked on this verticle's event loop */
    public AdminVerticle(AdminOptions options, Metrics metrics, AdminServices services) {
        this.options = options;
        this.metrics = metrics;
        this.services = services;
        List<String> names = new ArrayList<>(options.hosts());
        names.add(options.host());
        this.hosts = new HostCheck(names, services::isOwn);
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
        Path metricsFile = options.metricsTokenFile();
        metricsToken = metricsFile == null ? null : AdminToken.loadOrCreate(metricsFile);
        AdminToken loaded = AdminToken.loadOrCreate(options.tokenFile());
        token = loaded;
        return loaded;
    }

    private Router routes() {
        Router router = Router.router(vertx);
        Answers.addTo(router);
        router.route().handler(AdminVerticle::addHeaders);
        // HEAD is what some load balancers look with.
        open(router, "/health", request -> Answers.text(request, 200, "ok\n"));
        open(router, "/ready", this::ready);
        router.route().handler(this::checkHost);
        open(router, "/hello", request -> Answers.text(request, 200, "Culvert " + options.version() + " is up\n"));
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

    private static void addHeaders(RoutingContext request) {
        request.response().putHeader("Cache-Control", "no-store").putHeader("X-Content-Type-Options", "nosniff");
        request.next();
    }

    private void checkHost(RoutingContext request) {
        if (hosts.permits(request.request())) {
            request.next();
        } else {
            Answers.say(
                    request, MISDIRECTED, "this server does not answer under that name; --admin-host gives it another");
        }
    }

    private void checkToken(RoutingContext request) {
        if (authorised(request, null)) {
            request.next();
        }
    }

    /** @param lesser a token that does as well as that of the API, or null */
    private boolean authorised(RoutingContext request, @Nullable AdminToken lesser) {
        String authorization = request.request().getHeader("Authorization");
        if (authorization != null
                && ((token != null && token.permits(authorization))
                        || (lesser != null && lesser.permits(authorization)))) {
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
        if (!loopback && !authorised(request, metricsToken)) {
            return;
        }
        vertx.executeBlocking(metrics::scrape, false)
                .onSuccess(page -> request.response()
                        .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                        .end(page))
                .onFailure(request::fail);
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException _) {
            return false;
        }
    }
}
