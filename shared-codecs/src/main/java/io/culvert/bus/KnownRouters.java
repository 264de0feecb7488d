package io.culvert.bus;

import java.util.List;

/** The routers that may be asked now: alive, as far as is known, and not draining. */
@FunctionalInterface
public interface KnownRouters {

    /** An immutable snapshot of their node ids, each once, in any order. Called from any thread. */
    List<String> nodes();

    /** Routers that never change: those of a node of its own. */
    static KnownRouters of(String... nodes) {
        List<String> fixed = List.of(nodes);
        return () -> fixed;
    }
}
