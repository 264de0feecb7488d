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
 * @param state {@code ready}, {@code draining}, or {@code incompatible} with the versions of the control path of both nodes
 * @param drainSeconds how long its sessions may go on at the most where it drains, else 0
 * @param overruled the epoch of a configuration that was applied there and has given way to the one that runs, or 0
 * @param alone whether it is the node that answers, and hears no other one though its members name some
 */
public record NodeView(
        String name,
        List<String> roles,
        int sessions,
        int load,
        long epoch,
        String state,
        int drainSeconds,
        long overruled,
        boolean alone) {
    public NodeView {
        roles = List.copyOf(roles);
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("name", name)
                .put("roles", new JsonArray(roles))
                .put("sessions", sessions)
                .put("load", load)
                .put("epoch", epoch)
                .put("state", state);
        if (drainSeconds > 0) {
            json.put("drainSeconds", drainSeconds);
        }
        if (overruled > 0) {
            json.put("overruled", overruled);
        }
        return alone ? json.put("alone", true) : json;
    }
}
