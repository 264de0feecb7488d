package io.culvert.admin;

import io.culvert.transport.Outbound;

/** Breaks the rule that the dashboard sees no data path. */
public record AdminOffender(Outbound outbound) {}
