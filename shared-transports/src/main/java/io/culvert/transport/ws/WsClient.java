package io.culvert.transport.ws;

import io.culvert.config.TransportSettings;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.httpupgrade.UpgradeClientTransport;
import io.culvert.wire.http.UpgradeClient;
import io.culvert.wire.http.WebSocketKey;

/** WebSocket to the server of an outbound. */
public final class WsClient {
    private WsClient() {}

    /**
     * The transport of some settings.
     *
     * @param below opens the socket, with its TLS
     * @param secure whether it has TLS
     */
    public static ClientTransport over(ClientTransport below, boolean secure, TransportSettings.WebSocket settings) {
        UpgradeClientTransport.Early early = settings.maxEarlyData() == 0
                ? new UpgradeClientTransport.Early.None()
                : new UpgradeClientTransport.Early.InRequest(settings.maxEarlyData(), settings.earlyDataHeader());
        return new UpgradeClientTransport(
                new UpgradeClient.Request(settings.path(), settings.headers()),
                below,
                secure,
                early,
                key -> new WsHandler(false, WebSocketKey.tag(key), settings.heartbeatSeconds()));
    }
}
