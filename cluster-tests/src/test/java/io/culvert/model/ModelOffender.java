package io.culvert.model;

import io.culvert.bus.BusOffender;
import io.netty.buffer.ByteBuf;

/** Breaks the rules about the values of the domain: it knows a library, and closes a cycle. */
public record ModelOffender(ByteBuf bytes, Class<BusOffender> cycle) {}
