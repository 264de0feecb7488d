package io.culvert.config.reader;

import java.util.List;
import java.util.Map;

/** A JSON value that knows where it stands. */
sealed interface Json {
    Spot spot();

    /** What it is, for messages: {@code a number}. */
    String kind();

    /** @param members by key in lower case, in the order of the text; values that are null are left out by the accessors */
    record Obj(Spot spot, Map<String, Member> members) implements Json {
        @Override
        public String kind() {
            return "an object";
        }
    }

    /**
     * A key and its value.
     *
     * @param key as written
     * @param keySpot where the key stands
     * @param shadowed earlier values of the same key, which the last one replaced
     */
    record Member(String key, Spot keySpot, Json value, List<Json> shadowed) {}

    record Arr(Spot spot, List<Json> items) implements Json {
        @Override
        public String kind() {
            return "a list";
        }
    }

    record Text(Spot spot, String value) implements Json {
        @Override
        public String kind() {
            return "text";
        }

        @Override
        public String toString() {
            return "Text[" + spot.line() + ":" + spot.column() + "]";
        }
    }

    /** @param literal as written */
    record Num(Spot spot, String literal) implements Json {
        @Override
        public String kind() {
            return "the number " + Words.shown(literal, 24);
        }
    }

    record Bool(Spot spot, boolean value) implements Json {
        @Override
        public String kind() {
            return value ? "true" : "false";
        }
    }

    record Nil(Spot spot) implements Json {
        @Override
        public String kind() {
            return "null";
        }
    }
}
