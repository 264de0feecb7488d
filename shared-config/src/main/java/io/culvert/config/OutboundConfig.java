package io.culvert.config;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * One outbound.
 *
 * @param tag empty where it has none
 * @param sendThrough the local address to dial from, or null for the system's choice
 */
public record OutboundConfig(
        String tag,
        @Nullable InetAddress sendThrough,
        OutboundSettings settings,
        StreamConfig stream,
        Position position) {}
