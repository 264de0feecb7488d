package io.culvert.config;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One outbound.
 *
 * @param tag empty where it has none
 * @param nodes the nodes that open it, by name or label; empty for all that are an egress. Culvert's own
 * @param sendThrough the local address to dial from, or null for the system's choice
 */
public record OutboundConfig(
        String tag,
        List<String> nodes,
        @Nullable InetAddress sendThrough,
        OutboundSettings settings,
        StreamConfig stream,
        Position position) {
    public OutboundConfig {
        nodes = List.copyOf(nodes);
    }

    /** An outbound that every egress opens. */
    public OutboundConfig(
            String tag,
            @Nullable InetAddress sendThrough,
            OutboundSettings settings,
            StreamConfig stream,
            Position position) {
        this(tag, List.of(), sendThrough, settings, stream, position);
    }
}
