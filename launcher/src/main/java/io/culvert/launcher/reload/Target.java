package io.culvert.launcher.reload;

import io.culvert.config.CulvertConfig;
import io.culvert.model.ConfigVersion;
import io.vertx.core.Future;

/** What runs a configuration and can take another in two steps. Used by one at a time. */
public interface Target {

    /**
     * Checks everything that can fail, and opens what is new; nothing that runs is changed.
     *
     * @param version what it is to be called
     * @return fails with an exception whose message says to the operator what stands in the way; everything is as it was then
     */
    Future<Prepared> prepare(CulvertConfig next, ConfigVersion version);

    /** A configuration that can be taken or dropped; one of both, once. */
    interface Prepared {

        /**
         * Takes it.
         *
         * @return fails where something that had to be closed first could not be replaced; everything is as it was then
         */
        Future<Void> commit();

        /** Drops it. */
        Future<Void> discard();
    }
}
