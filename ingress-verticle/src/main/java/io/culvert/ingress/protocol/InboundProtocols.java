package io.culvert.ingress.protocol;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.InboundSettings.Dokodemo;
import io.culvert.model.Network;
import org.jspecify.annotations.Nullable;

/**
 * The one place that knows every inbound protocol.
 *
 * @param name V2Ray's name of the protocol
 * @param state what stays when another configuration comes
 * @param stream what serves TCP connections, or null
 * @param datagrams what serves the inbound's UDP port, or null
 * @param userLevel the policy level whose handshake deadline applies
 */
public record InboundProtocols(
        String name,
        InboundProtocol state,
        @Nullable InboundProtocol stream,
        @Nullable DatagramProtocol datagrams,
        int userLevel) {

    /**
     * The protocols of an inbound. One for all event loops of a node.
     *
     * @param port the port that is listened on
     * @param seen what the node remembers of VMess headers; a file is opened for the first VMess inbound
     */
    public static InboundProtocols of(InboundConfig inbound, int port, SeenMemory seen) {
        return of(
                inbound,
                switch (inbound.settings()) {
                    case Dokodemo _ -> new DokodemoInbound(inbound, port);
                    case InboundSettings.Socks _ -> new SocksInbound(inbound, port);
                    case InboundSettings.Http _ -> new HttpInbound(inbound);
                    case InboundSettings.Vmess _ -> new VmessInbound(inbound, seen.headers());
                    case InboundSettings.Vless _ -> new VlessInbound(inbound);
                    case InboundSettings.Unbuilt(String protocol) ->
                        throw new IllegalArgumentException(
                                "the inbound protocol " + protocol + " is not built and must have been refused before");
                });
    }

    /** Whether an inbound of another configuration can go on with what this one has: it is of the same protocol. */
    public boolean fits(InboundConfig inbound) {
        return name.equals(inbound.settings().protocol());
    }

    /** What serves an inbound of another configuration that {@link #fits}; its settings are those of the next update. */
    public InboundProtocols with(InboundConfig inbound) {
        return of(inbound, state);
    }

    private static InboundProtocols of(InboundConfig inbound, InboundProtocol state) {
        boolean unix = inbound.unixSocket() != null;
        String name = inbound.settings().protocol();
        return switch (inbound.settings()) {
            case Dokodemo settings ->
                new InboundProtocols(
                        name,
                        state,
                        settings.networks().contains(Network.TCP) ? state : null,
                        settings.networks().contains(Network.UDP) && state instanceof DatagramProtocol datagrams
                                ? datagrams
                                : null,
                        settings.userLevel());
            case InboundSettings.Socks settings ->
                new InboundProtocols(
                        name,
                        state,
                        state,
                        settings.udp() && !unix && state instanceof SocksInbound socks ? socks.datagrams() : null,
                        settings.userLevel());
            case InboundSettings.Http settings -> new InboundProtocols(name, state, state, null, settings.userLevel());
            case InboundSettings.Vmess _, InboundSettings.Vless _, InboundSettings.Unbuilt _ ->
                new InboundProtocols(name, state, state, null, 0);
        };
    }
}
