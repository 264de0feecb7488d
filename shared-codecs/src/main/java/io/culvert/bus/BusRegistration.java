package io.culvert.bus;

import io.vertx.core.Future;

/** Something that listens or speaks on the event bus until it is closed. */
public interface BusRegistration {

    /** Ends it; completes once the bus no longer delivers to it. */
    Future<Void> close();
}
