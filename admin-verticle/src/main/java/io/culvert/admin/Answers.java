package io.culvert.admin;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** How the admin server says things: in JSON below {@code /api}, else as a line of text. */
final class Answers {
    private static final String API = "/api";

    /** What a request can fail with before any handler has answered it. */
    private static final Map<Integer, String> FAULTS = Map.of(
            400, "the request cannot be read",
            404, "there is nothing here",
            413, "the body is longer than " + ApiRoutes.MOST_BODY_BYTES + " bytes",
            500, "internal fault; the log has it");

    private Answers() {}

    /** Has a router answer its own refusals in these ways. */
    static void addTo(Router router) {
        FAULTS.forEach((status, text) -> router.errorHandler(status, request -> say(request, status, text)));
    }

    /** Refuses every method of a path that no route in front of this one takes. */
    static void only(Router router, String path, String methods) {
        router.route(path).handler(request -> {
            request.response().putHeader("Allow", methods);
            say(request, 405, "the method is not one of: " + methods);
        });
    }

    /** One sentence. */
    static void say(RoutingContext request, int status, String sentence) {
        if (request.response().ended()) {
            return;
        }
        String path = request.request().path();
        if (path != null && path.startsWith(API)) {
            json(request, status, new JsonObject().put("message", sentence).encode());
        } else {
            text(request, status, sentence + "\n");
        }
    }

    static void text(RoutingContext request, int status, String body) {
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "text/plain; charset=utf-8")
                .end(body);
    }

    static void json(RoutingContext request, int status, String body) {
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .end(body);
    }
}
