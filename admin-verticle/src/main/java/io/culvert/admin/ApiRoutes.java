package io.culvert.admin;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /api}: nodes, sessions and the configuration, for whoever holds the token. */
final class ApiRoutes {
    /** The longest configuration that is taken, in bytes. */
    static final long MOST_BODY_BYTES = 4 * 1024 * 1024;

    private static final String DRY_RUN = "dry-run";
    private static final String FORCE = "force";
    private static final Logger LOG = LoggerFactory.getLogger(ApiRoutes.class);

    private final AdminServices services;

    ApiRoutes(AdminServices services) {
        this.services = services;
    }

    /** Adds the routes; the check of Host and token stands in front of them. */
    void addTo(Router router) {
        router.get("/api/nodes").handler(this::nodes);
        router.post("/api/nodes/:name/drain").handler(this::drain);
        router.get("/api/sessions").handler(this::sessions);
        router.delete("/api/sessions/:id").handler(this::closeSession);
        router.get("/api/config").handler(this::config);
        router.put("/api/config")
                .handler(request -> RequestBody.read(request, MOST_BODY_BYTES, body -> apply(request, body)));
        Answers.only(router, "/api/nodes", "GET");
        Answers.only(router, "/api/nodes/:name/drain", "POST");
        Answers.only(router, "/api/sessions", "GET");
        Answers.only(router, "/api/sessions/:id", "DELETE");
        router.post("/api/config/previous").handler(this::applyPrevious);
        Answers.only(router, "/api/config", "GET, PUT");
        Answers.only(router, "/api/config/previous", "POST");
    }

    private void nodes(RoutingContext request) {
        JsonArray list = new JsonArray();
        services.nodes().forEach(node -> list.add(node.toJson()));
        Answers.json(request, 200, list.encode());
    }

    private void sessions(RoutingContext request) {
        JsonArray list = new JsonArray();
        services.sessions().forEach(session -> list.add(session.toJson()));
        Answers.json(request, 200, list.encode());
    }

    private void closeSession(RoutingContext request) {
        if (services.closeSession(String.valueOf(request.pathParam("id")))) {
            request.response().setStatusCode(204).end();
        } else {
            Answers.say(request, 404, "no such session");
        }
    }

    private void drain(RoutingContext request) {
        String name = String.valueOf(request.pathParam("name"));
        services.drain(name)
                .onSuccess(drain -> {
                    switch (drain) {
                        case BEGUN -> Answers.say(request, 202, name + " drains");
                        case UNDER_WAY -> Answers.say(request, 200, name + " is already draining");
                        case NO_SUCH_NODE -> Answers.say(request, 404, "no such node");
                    }
                })
                .onFailure(fault -> failed(request, fault));
    }

    private void config(RoutingContext request) {
        services.config()
                .onSuccess(view -> Answers.json(request, 200, view.toJson().encode()))
                .onFailure(fault -> failed(request, fault));
    }

    private void apply(RoutingContext request, Buffer body) {
        List<ConfigView.Text> texts = ConfigBody.read(request.request().getHeader("Content-Type"), body);
        if (texts == null) {
            Answers.say(request, 400, "the body is not {\"sources\": [{\"name\": …, \"text\": …}]}");
            return;
        }
        answer(request, services.apply(texts, asks(request, DRY_RUN), asks(request, FORCE)));
    }

    private void applyPrevious(RoutingContext request) {
        answer(request, services.applyPrevious(asks(request, DRY_RUN)));
    }

    /** {@code ?dry-run} or {@code ?dry-run=true}. */
    private static boolean asks(RoutingContext request, String what) {
        List<String> values = request.queryParam(what);
        return !values.isEmpty() && !values.contains("false");
    }

    private static void answer(RoutingContext request, Future<ApplyResult> applied) {
        applied.onSuccess(result ->
                        Answers.json(request, result.status(), result.toJson().encode()))
                .onFailure(fault -> failed(request, fault));
    }

    private static void failed(RoutingContext request, Throwable fault) {
        LOG.error("{} failed", request.request().path(), fault);
        Answers.say(request, 500, "internal fault; the log has it");
    }
}
