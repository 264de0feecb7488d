package io.culvert.config;

import io.vertx.core.Vertx;

/** Breaks the rule that a configuration is read without a runtime. */
public record ConfigOffender(Vertx vertx) {}
