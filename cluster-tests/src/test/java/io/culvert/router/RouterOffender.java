package io.culvert.router;

import io.culvert.transport.Outbound;

/** Breaks the rule that a router sees no bytes. */
public record RouterOffender(Outbound outbound) {}
