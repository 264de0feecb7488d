package io.culvert.ingress.protocol;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.InboundSettings.Dokodemo;
import io.culvert.model.Network;
import org.jspecify.annotations.Nullable;

/**
 * The one place that knows every inbound protocol.
 *
 * @param stream what serves TCP connections, or null
 * @param datagrams what serves the inbound's UDP port, or null
 * @param userLevel the policy level whose handshake deadline applies
 */
public record InboundProtocols(
        @Nullable InboundProtocol stream, @Nullable DatagramProtocol datagrams, int userLevel) {

    /**
     * The protocols of an inbound. One for all event loops of a node.
     *
     * @param port the port that is listened on
     */
    public static InboundProtocols of(InboundConfig inbound, int port) {
        return switch (inbound.settings()) {
            case Dokodemo settings -> {
                DokodemoInbound dokodemo = new DokodemoInbound(
                        settings, port, inbound.stream().sockopt().transparent());
                yield new InboundProtocols(
                        settings.networks().contains(Network.TCP) ? dokodemo : null,
                        settings.networks().contains(Network.UDP) ? dokodemo : null,
                        settings.userLevel());
            }
            case InboundSettings.Socks settings -> {
                boolean unix = inbound.unixSocket() != null;
                SocksInbound socks = unix
                        ? SocksInbound.withoutDatagrams(settings)
                        : new SocksInbound(settings, inbound.listen(), port);
                yield new InboundProtocols(
                        socks, settings.udp() && !unix ? socks.datagrams() : null, settings.userLevel());
            }
            case InboundSettings.Http settings ->
                new InboundProtocols(new HttpInbound(settings), null, settings.userLevel());
            case InboundSettings.Vmess settings -> new InboundProtocols(new VmessInbound(settings), null, 0);
            case InboundSettings.Vless settings -> new InboundProtocols(new VlessInbound(settings), null, 0);
            case InboundSettings.Unbuilt(String protocol) ->
                throw new IllegalArgumentException(
                        "the inbound protocol " + protocol + " is not built and must have been refused before");
        };
    }
}
