package io.culvert.config.reader;

import io.culvert.config.Position;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Where a value stands. The JSON path is put together only when somebody asks: a huge file costs no huge paths.
 *
 * @param step the key or {@code [index]} that leads here from the parent; empty at the top
 */
record Spot(String file, int line, int column, @Nullable Spot parent, String step) {
    /** The longest part of a path that is shown of one key. */
    private static final int MAX_STEP = 60;

    static Spot top(String file, int line, int column) {
        return new Spot(file, line, column, null, "");
    }

    Position position() {
        Deque<String> steps = new ArrayDeque<>();
        for (Spot at = this; at != null; at = at.parent) {
            if (!at.step.isEmpty()) {
                steps.push(at.step);
            }
        }
        StringBuilder path = new StringBuilder();
        for (String one : steps) {
            if (!path.isEmpty() && !one.startsWith("[")) {
                path.append('.');
            }
            path.append(Words.shown(one, MAX_STEP));
        }
        return new Position(file, line, column, path.toString());
    }
}
