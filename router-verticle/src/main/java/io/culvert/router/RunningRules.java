package io.culvert.router;

import io.culvert.model.ConfigVersion;
import io.culvert.router.policy.RoutingTable;

/**
 * What routers of a node decide by: a table, and the configuration that it is made of. Together in one value, so that whoever
 * reads the one has the other that belongs to it.
 */
public record RunningRules(RoutingTable table, ConfigVersion config) {}
