package io.culvert.bus;

import io.culvert.config.ConfigOffender;
import io.culvert.model.ModelOffender;

/** Breaks the rules about the shared codecs: it knows a module above, and closes a cycle. */
public record BusOffender(Class<ModelOffender> cycle, Class<ConfigOffender> above) {}
