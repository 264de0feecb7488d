package io.culvert.launcher.reload;

import io.culvert.bus.ConfigVersion;
import io.culvert.config.CulvertConfig;
import io.vertx.core.Future;

/** What runs a configuration and can take another in two steps. Used by one at a time. */
public interface Target {

    /**
     * Checks everything that can fail, and opens what is new; nothing that runs is changed.
     *
     * @return fails with an exception whose message says to the operator what stands in the way; everything is as it was then
     */
    Future<Prepared> prepare(CulvertConfig next);

    /** A configuration that can be taken or dropped; one of both, once. */
    interface Prepared {

        /**
         * Takes it.
         *
         * @param version what it is called from now on
         * @return fails where something that had to be closed first could not be replaced; everything is as it was then
         */
        Future<Void> commit(ConfigVersion version);

        /** Drops it. */
        Future<Void> discard();
    }
}
