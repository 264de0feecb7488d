package io.culvert.config.diff;

import io.culvert.config.ClusterConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.config.Position;
import io.culvert.config.RoutingConfig;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import org.jspecify.annotations.Nullable;

/** Settings without the places in the text where they stand: two that are equal then mean the same. */
public final class Meaning {
    private Meaning() {}

    public static InboundConfig of(InboundConfig inbound) {
        return new InboundConfig(
                inbound.tag(),
                inbound.listen(),
                inbound.ports(),
                inbound.settings(),
                of(inbound.stream()),
                inbound.sniffing(),
                inbound.udpSessions(),
                Position.NONE);
    }

    public static OutboundConfig of(OutboundConfig outbound) {
        return new OutboundConfig(
                outbound.tag(),
                outbound.nodes(),
                outbound.sendThrough(),
                outbound.settings(),
                of(outbound.stream()),
                Position.NONE);
    }

    public static RoutingConfig of(RoutingConfig routing) {
        return new RoutingConfig(
                routing.domainStrategy(),
                routing.rules().stream().map(Meaning::of).toList());
    }

    public static @Nullable ClusterConfig of(@Nullable ClusterConfig cluster) {
        return cluster == null
                ? null
                : new ClusterConfig(
                        cluster.name(),
                        cluster.roles(),
                        cluster.bind(),
                        cluster.port(),
                        cluster.members(),
                        cluster.busPort(),
                        cluster.link(),
                        cluster.weight(),
                        cluster.labels(),
                        cluster.secrets(),
                        Position.NONE);
    }

    public static SecuritySettings of(SecuritySettings security) {
        return switch (security) {
            case SecuritySettings.None none -> none;
            case SecuritySettings.Tls tls ->
                new SecuritySettings.Tls(
                        tls.serverName(),
                        tls.alpn(),
                        tls.allowInsecure(),
                        tls.disableSystemRoot(),
                        tls.sessionResumption(),
                        tls.certificates().stream().map(Meaning::of).toList(),
                        tls.restrictions());
        };
    }

    private static SecuritySettings.Certificate of(SecuritySettings.Certificate certificate) {
        return new SecuritySettings.Certificate(
                certificate.usage(),
                certificate.certificateFile(),
                certificate.certificatePem(),
                certificate.keyFile(),
                certificate.keyPem(),
                Position.NONE);
    }

    private static StreamConfig of(StreamConfig stream) {
        return new StreamConfig(stream.transport(), of(stream.security()), stream.sockopt());
    }

    private static RoutingConfig.Rule of(RoutingConfig.Rule rule) {
        return new RoutingConfig.Rule(
                rule.domains(),
                rule.ips(),
                rule.ports(),
                rule.sourcePorts(),
                rule.networks(),
                rule.sources(),
                rule.users(),
                rule.inboundTags(),
                rule.protocols(),
                rule.attrs(),
                rule.outboundTag(),
                rule.balancerTag(),
                Position.NONE);
    }
}
