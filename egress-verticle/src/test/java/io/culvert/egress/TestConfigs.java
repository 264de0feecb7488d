package io.culvert.egress;

import io.culvert.config.CulvertConfig;
import io.culvert.config.LogConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.config.RoutingConfig;
import java.util.List;

/** Configurations of which only the outbounds matter. */
public final class TestConfigs {
    private TestConfigs() {}

    public static CulvertConfig of(OutboundConfig... outbounds) {
        return of(PolicyConfig.ABSENT, outbounds);
    }

    public static CulvertConfig of(PolicyConfig policy, OutboundConfig... outbounds) {
        return new CulvertConfig(
                LogConfig.ABSENT,
                List.of(),
                List.of(outbounds),
                new RoutingConfig(RoutingConfig.DomainStrategy.AS_IS, List.of()),
                policy,
                null,
                List.of());
    }
}
