package io.culvert.admin;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * One node of the farm as the API shows it.
 *
 * @param roles what it does, in words
 * @param load how busy its process is, 0 to 100 percent of the machine's processors
 * @param epoch the configuration that it runs
 * @param state {@code ready}, {@code draining} or {@code starting}
 */
public record NodeView(String name, List<String> roles, int sessions, int load, long epoch, String state) {
    public NodeView {
        roles = List.copyOf(roles);
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("name", name)
                .put("roles", new JsonArray(roles))
                .put("sessions", sessions)
                .put("load", load)
                .put("epoch", epoch)
                .put("state", state);
    }
}
