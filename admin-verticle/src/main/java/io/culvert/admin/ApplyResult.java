package io.culvert.admin;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** What came of a configuration that was put. */
public sealed interface ApplyResult {

    /** The status of the answer. */
    int status();

    JsonObject toJson();

    /** What came of one that can run; lower case in the answer. */
    enum Outcome {
        /** It runs. */
        APPLIED,
        /** It says what runs already, which keeps its epoch. */
        UNCHANGED,
        /** Every node could take it; it was a dry run. */
        POSSIBLE
    }

    /**
     * It can run.
     *
     * @param epoch the one that it has, or would have
     * @param changes what is different now, or would be
     * @param diagnostics the warnings of its text
     */
    record Taken(long epoch, List<String> changes, List<String> diagnostics, Outcome outcome) implements ApplyResult {
        public Taken {
            changes = List.copyOf(changes);
            diagnostics = List.copyOf(diagnostics);
        }

        @Override
        public int status() {
            return 200;
        }

        @Override
        public JsonObject toJson() {
            return new JsonObject()
                    .put("epoch", epoch)
                    .put("changes", new JsonArray(changes))
                    .put("diagnostics", new JsonArray(diagnostics))
                    .put("outcome", outcome.name().toLowerCase(Locale.ROOT));
        }
    }

    /**
     * It cannot run; nothing has changed.
     *
     * @param diagnostics every fault of its text, or the one thing that stands in the way
     */
    record Refused(List<String> diagnostics) implements ApplyResult {
        public Refused {
            diagnostics = List.copyOf(diagnostics);
        }

        @Override
        public int status() {
            return 422;
        }

        @Override
        public JsonObject toJson() {
            return new JsonObject().put("diagnostics", new JsonArray(diagnostics));
        }
    }

    /** Another one is being applied; nothing has changed. */
    record Busy(String message) implements ApplyResult {
        @Override
        public int status() {
            return 409;
        }

        @Override
        public JsonObject toJson() {
            return new JsonObject().put("message", message);
        }
    }
}
