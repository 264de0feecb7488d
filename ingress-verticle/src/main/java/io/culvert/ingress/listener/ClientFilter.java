package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.SecuritySettings;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import java.net.InetAddress;

/**
 * Whom an inbound serves. A SOCKS or HTTP proxy without accounts and a VLESS server without TLS are open to whoever finds them:
 * unless the operator says {@code openProxy} or {@code allowInsecure}, they serve loopback and private networks only.
 */
final class ClientFilter {
    private final boolean everyone;

    private ClientFilter(boolean everyone) {
        this.everyone = everyone;
    }

    static ClientFilter of(InboundConfig inbound) {
        // QUIC is TLS even where no certificate is configured: nobody who only listens learns the user's id.
        boolean tls = inbound.stream().security() instanceof SecuritySettings.Tls
                || inbound.stream().transport() instanceof TransportSettings.Quic;
        return new ClientFilter(
                switch (inbound.settings()) {
                    case InboundSettings.Socks socks -> socks.openProxy() || socks.password();
                    case InboundSettings.Http http ->
                        http.openProxy() || !http.accounts().isEmpty();
                    case InboundSettings.Vless vless -> vless.allowInsecure() || tls;
                    case InboundSettings.Vmess _, InboundSettings.Dokodemo _, InboundSettings.Unbuilt _ -> true;
                });
    }

    boolean serves(InetAddress client) {
        return everyone
                || client.isLoopbackAddress()
                || client.isSiteLocalAddress()
                || client.isLinkLocalAddress()
                || isUniqueLocal(client);
    }

    /** fc00::/7, which {@link InetAddress} has no word for. */
    private static boolean isUniqueLocal(InetAddress client) {
        byte[] raw = client.getAddress();
        return raw.length == 16 && (raw[0] & 0xFE) == 0xFC;
    }

    /** The address that an inbound listens on, or null where it is none. */
    static InetAddress listenAddress(InboundConfig inbound) {
        if (Address.parse(inbound.listen()) instanceof Address.Ip(InetAddress ip)) {
            return ip;
        }
        return InetAddress.getLoopbackAddress();
    }
}
