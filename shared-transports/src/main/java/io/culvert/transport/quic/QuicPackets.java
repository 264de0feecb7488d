package io.culvert.transport.quic;

import io.culvert.config.TransportSettings;
import io.culvert.config.TransportSettings.PacketHeader;
import io.culvert.wire.packet.Disguise;
import io.culvert.wire.packet.DisguiseHeader;
import io.culvert.wire.packet.PacketSeal;
import java.security.SecureRandom;

/** What is around the datagrams of an inbound or outbound; makes the state of each socket. */
final class QuicPackets {
    private final TransportSettings.Quic settings;
    private final SecureRandom random = new SecureRandom();

    QuicPackets(TransportSettings.Quic settings) {
        this.settings = settings;
    }

    QuicSocketHandler handler() {
        DisguiseHeader header = new DisguiseHeader(disguise(settings.header()), random);
        return switch (settings.security()) {
            case NONE -> new QuicSocketHandler(header, null);
            case AES_128_GCM -> new QuicSocketHandler(header, PacketSeal.quicAes128Gcm(settings.key(), random));
            case CHACHA20_POLY1305 ->
                new QuicSocketHandler(header, PacketSeal.quicChacha20Poly1305(settings.key(), random));
        };
    }

    /** The bytes around each datagram. */
    int overhead() {
        int seal = settings.security() == TransportSettings.QuicSecurity.NONE ? 0 : PacketSeal.OVERHEAD;
        return disguise(settings.header()).size() + seal;
    }

    private static Disguise disguise(PacketHeader header) {
        return switch (header) {
            case NONE -> Disguise.NONE;
            case SRTP -> Disguise.SRTP;
            case UTP -> Disguise.UTP;
            case WECHAT_VIDEO -> Disguise.WECHAT_VIDEO;
            case DTLS -> Disguise.DTLS;
            case WIREGUARD -> Disguise.WIREGUARD;
        };
    }
}
