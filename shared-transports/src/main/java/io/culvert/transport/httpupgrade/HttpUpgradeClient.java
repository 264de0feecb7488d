package io.culvert.transport.httpupgrade;

import io.culvert.config.TransportSettings;
import io.culvert.transport.ClientTransport;
import io.culvert.wire.http.UpgradeClient;
import java.util.Map;
import java.util.TreeMap;

/** HTTP upgrade to the server of an outbound: behind the handshake the connection is the bare stream, half-close and all. */
public final class HttpUpgradeClient {
    private HttpUpgradeClient() {}

    /**
     * The transport of some settings.
     *
     * @param below opens the socket, with its TLS
     * @param secure whether it has TLS
     */
    public static ClientTransport over(ClientTransport below, boolean secure, TransportSettings.HttpUpgrade settings) {
        Map<String, String> headers = new TreeMap<>(settings.headers());
        if (!settings.host().isEmpty()) {
            headers.put("Host", settings.host());
        }
        UpgradeClient.Request request = new UpgradeClient.Request(settings.path(), headers);
        return new UpgradeClientTransport(request, below, secure, early(settings), null);
    }

    private static UpgradeClientTransport.Early early(TransportSettings.HttpUpgrade settings) {
        if (settings.maxEarlyData() == 0) {
            return new UpgradeClientTransport.Early.None();
        }
        return settings.earlyDataHeader().isEmpty()
                ? new UpgradeClientTransport.Early.Behind()
                : new UpgradeClientTransport.Early.InRequest(settings.maxEarlyData(), settings.earlyDataHeader());
    }
}
