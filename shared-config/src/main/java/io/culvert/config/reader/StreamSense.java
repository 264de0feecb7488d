package io.culvert.config.reader;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.config.TransportSettings;
import java.util.List;

/** Warns of stream settings that mean nothing where they stand, because of the protocol or of the transport beside them. */
final class StreamSense {
    private static final List<String> TCP_OPTIONS = List.of("tcpFastOpen", "tcpKeepAliveIdle", "tcpKeepAliveInterval");

    private final Fields sockopt;
    private final Report report;

    private StreamSense(Fields owner, Report report) {
        Fields stream = owner.object("streamSettings");
        Fields given = stream == null ? null : stream.object("sockopt");
        this.sockopt = given == null ? Fields.none(owner.spot(), report) : given;
        this.report = report;
    }

    static void inbound(Fields inbound, InboundConfig config, Report report) {
        StreamSense sense = new StreamSense(inbound, report);
        if (config.unixSocket() != null) {
            sense.unix();
            sense.nothing("tproxy", "on a unix socket");
            return;
        }
        if (isOverUdp(config.stream())) {
            TCP_OPTIONS.forEach(key -> sense.nothing(key, "on a transport over UDP"));
            sense.nothing("acceptProxyProtocol", "on a transport over UDP");
        }
        boolean follows = config.settings() instanceof InboundSettings.Dokodemo dokodemo && dokodemo.followRedirect();
        if (config.stream().sockopt().transparent() != TransparentMode.OFF && !follows) {
            sense.nothing("tproxy", "but for a dokodemo-door inbound with \"followRedirect\"");
        }
    }

    static void outbound(Fields outbound, OutboundConfig config, Report report) {
        StreamSense sense = new StreamSense(outbound, report);
        StreamConfig stream = config.stream();
        if (stream.sockopt().transparent() != TransparentMode.OFF) {
            sense.nothing("tproxy", "on an outbound");
        }
        sense.nothing("acceptProxyProtocol", "on an outbound");
        sense.nothing("trustedFronts", "on an outbound");
        switch (config.settings()) {
            case OutboundSettings.Blackhole _ -> {
                sense.nothing("mark", "on a blackhole, which opens no socket");
                TCP_OPTIONS.forEach(key -> sense.nothing(key, "on a blackhole, which opens no socket"));
                if (!isPlainTcp(stream) || stream.security() instanceof SecuritySettings.Tls) {
                    report.warning(
                            outbound.spotOf("streamSettings"), "a blackhole sends nothing: these have no effect");
                }
            }
            case OutboundSettings.Freedom _ -> {
                if (!isPlainTcp(stream)) {
                    report.unsupported(
                            outbound.spotOf("streamSettings"), "a freedom outbound over a transport of its own");
                }
            }
            case OutboundSettings.Vmess _,
                    OutboundSettings.Vless _,
                    OutboundSettings.Socks _,
                    OutboundSettings.Http _,
                    OutboundSettings.Unbuilt _ -> sense.transport(stream);
        }
    }

    private void transport(StreamConfig stream) {
        if (stream.transport() instanceof TransportSettings.DomainSocket) {
            unix();
        } else if (isOverUdp(stream)) {
            TCP_OPTIONS.forEach(key -> nothing(key, "on a transport over UDP"));
        }
    }

    private void unix() {
        nothing("mark", "on a unix socket");
        TCP_OPTIONS.forEach(key -> nothing(key, "on a unix socket"));
    }

    private static boolean isOverUdp(StreamConfig stream) {
        return stream.transport() instanceof TransportSettings.Kcp
                || stream.transport() instanceof TransportSettings.Quic;
    }

    private static boolean isPlainTcp(StreamConfig stream) {
        return stream.transport() instanceof TransportSettings.Raw raw && raw.disguise() == null;
    }

    private void nothing(String key, String where) {
        if (sockopt.asks(key)) {
            report.warning(sockopt.spotOf(key), Words.quoted(key) + " means nothing " + where);
        }
    }
}
