package io.culvert.transport.kcp;

import io.culvert.config.TransportSettings;
import io.culvert.wire.kcp.KcpPackets;
import io.culvert.wire.kcp.KcpParameters;
import io.culvert.wire.packet.Disguise;
import java.util.random.RandomGenerator;

/** What the settings of an inbound or outbound are to its sessions and packets. */
final class KcpSettings {
    private KcpSettings() {}

    static KcpParameters parameters(TransportSettings.Kcp kcp) {
        return KcpParameters.of(
                kcp.mtu(),
                kcp.ttiMillis(),
                disguise(kcp).size(),
                KcpPackets.protection(kcp.seed()),
                kcp.uplinkCapacity(),
                kcp.downlinkCapacity(),
                kcp.readBufferSize(),
                kcp.writeBufferSize(),
                kcp.congestion());
    }

    static KcpPackets packets(TransportSettings.Kcp kcp, RandomGenerator random) {
        return new KcpPackets(disguise(kcp), kcp.seed(), random);
    }

    private static Disguise disguise(TransportSettings.Kcp kcp) {
        return switch (kcp.header()) {
            case NONE -> Disguise.NONE;
            case SRTP -> Disguise.SRTP;
            case UTP -> Disguise.UTP;
            case WECHAT_VIDEO -> Disguise.WECHAT_VIDEO;
            case DTLS -> Disguise.DTLS;
            case WIREGUARD -> Disguise.WIREGUARD;
        };
    }
}
