package io.culvert.launcher;

import io.culvert.admin.Metrics;
import io.culvert.launcher.cluster.Farm;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * What a node's verticles run on.
 *
 * @param vertx clustered where there is a farm
 * @param farm the node's membership, or null for a node of its own
 */
public record NodeRuntime(
        Vertx vertx, Metrics metrics, @Nullable Farm farm) {}
