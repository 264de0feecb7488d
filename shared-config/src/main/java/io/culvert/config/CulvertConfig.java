package io.culvert.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole configuration: validated, immutable, ready to run.
 *
 * @param inbounds in the order of the files
 * @param outbounds in order; the first is the default outbound
 * @param cluster the {@code cluster} section, or null for a node of its own
 * @param unsupported what this version validates but cannot run; {@code run} refuses to start where it is not empty
 */
public record CulvertConfig(
        LogConfig log,
        List<InboundConfig> inbounds,
        List<OutboundConfig> outbounds,
        RoutingConfig routing,
        PolicyConfig policy,
        @Nullable ClusterConfig cluster,
        List<Unsupported> unsupported) {
    public CulvertConfig {
        inbounds = List.copyOf(inbounds);
        outbounds = List.copyOf(outbounds);
        unsupported = List.copyOf(unsupported);
    }

    /**
     * Something that was understood but cannot be run.
     *
     * @param planned whether a later version brings it; else it can never work
     */
    public record Unsupported(Position position, String what, boolean planned) {
        public Unsupported(Position position, String what) {
            this(position, what, true);
        }

        /** What diagnostics say of it. */
        public String message() {
            return planned ? what + " is not supported yet" : what;
        }
    }
}
