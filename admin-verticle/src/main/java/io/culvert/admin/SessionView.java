package io.culvert.admin;

import io.vertx.core.json.JsonObject;

/**
 * One live session as the API shows it.
 *
 * @param source {@code host:port} of the client
 * @param target {@code tcp:host:port}, empty while the request is not known
 * @param state the session's state in one word
 * @param email the user, empty where there is none
 * @param startedMillis since the epoch
 * @param bytesUp payload bytes from the client so far
 * @param bytesDown payload bytes to the client so far
 */
public record SessionView(
        String id,
        String source,
        String inboundTag,
        String target,
        String outboundTag,
        String email,
        String state,
        long startedMillis,
        long bytesUp,
        long bytesDown) {

    JsonObject toJson() {
        return new JsonObject()
                .put("id", id)
                .put("source", source)
                .put("inbound", inboundTag)
                .put("target", target)
                .put("outbound", outboundTag)
                .put("email", email)
                .put("state", state)
                .put("started", startedMillis)
                .put("up", bytesUp)
                .put("down", bytesDown);
    }
}
