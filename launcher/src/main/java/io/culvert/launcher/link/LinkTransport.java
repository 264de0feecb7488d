package io.culvert.launcher.link;

import io.culvert.config.TransportSettings;
import io.culvert.config.TransportSettings.HttpDisguise;
import io.culvert.config.TransportSettings.Kcp;
import io.culvert.config.TransportSettings.WebSocket;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A transport as v2rayN's links say it; each word's meaning depends on the network.
 *
 * @param network {@code tcp}, {@code ws}, {@code httpupgrade}, {@code grpc} or {@code kcp}
 * @param type how packets or requests look ({@code none} for nothing); of grpc the mode, {@code gun} or {@code multi}
 * @param host what a request names as its host; of grpc its authority; empty for the server's address
 * @param path of a request; of grpc the service's name, of kcp the seed; empty for none
 */
public record LinkTransport(String network, String type, String host, String path) {
    /** Plain TCP. */
    public static final LinkTransport TCP = new LinkTransport("tcp", "none", "", "");

    private static final List<String> NETWORKS = List.of("tcp", "ws", "httpupgrade", "grpc", "kcp");

    /** Where V2Ray's clients, and Xray's for {@code ?ed=}, put early data. */
    private static final String EARLY_DATA_HEADER = "Sec-WebSocket-Protocol";

    /**
     * The transport of an inbound, as its clients must speak it.
     *
     * @throws IllegalArgumentException with what it is that a link cannot say
     */
    static LinkTransport of(TransportSettings settings) {
        return switch (settings) {
            case TransportSettings.Raw(var disguise) -> disguise == null ? TCP : disguised(disguise);
            case WebSocket ws -> new LinkTransport("ws", "none", ws.headers().getOrDefault("Host", ""), pathOf(ws));
            case TransportSettings.HttpUpgrade upgrade ->
                new LinkTransport("httpupgrade", "none", upgrade.host(), upgrade.path());
            case TransportSettings.Grpc grpc ->
                new LinkTransport("grpc", grpc.multi() ? "multi" : "gun", grpc.authority(), grpc.serviceName());
            case Kcp kcp -> kcp(kcp);
            case TransportSettings.Http2 _ ->
                throw new IllegalArgumentException("the transport HTTP/2, which clients would take for TCP");
            case TransportSettings.Quic _ ->
                throw new IllegalArgumentException("the transport QUIC, which clients would take for TCP");
            case TransportSettings.DomainSocket _ -> throw new IllegalArgumentException("a unix socket");
            case TransportSettings.Unbuilt(String network) ->
                throw new IllegalArgumentException("the transport " + network);
        };
    }

    private static LinkTransport disguised(HttpDisguise disguise) {
        if (!disguise.paths().contains("/")) {
            throw new IllegalArgumentException("an HTTP disguise whose path is not \"/\"");
        }
        List<String> hosts = disguise.requestHeaders().getOrDefault("Host", List.of());
        return new LinkTransport("tcp", "http", String.join(",", hosts), "/");
    }

    private static String pathOf(WebSocket ws) {
        if (ws.maxEarlyData() == 0 || !ws.earlyDataHeader().equalsIgnoreCase(EARLY_DATA_HEADER)) {
            return ws.path();
        }
        return ws.path() + (ws.path().contains("?") ? "&" : "?") + "ed=" + ws.maxEarlyData();
    }

    private static LinkTransport kcp(Kcp kcp) {
        String seed = kcp.seed();
        if (seed != null && seed.isEmpty()) {
            throw new IllegalArgumentException("mKCP with an empty seed");
        }
        String header = kcp.header().name().toLowerCase(Locale.ROOT).replace('_', '-');
        return new LinkTransport("kcp", header, "", seed == null ? "" : seed);
    }

    /** {@code type=ws&host=…&path=…}. */
    String query() {
        String type = "type=" + network;
        return switch (network) {
            case "grpc" ->
                type + said("authority", host) + "&serviceName=" + LinkText.encode(path) + "&mode=" + this.type;
            case "kcp" -> type + "&headerType=" + this.type + said("seed", path);
            case "tcp" -> type + "&headerType=" + this.type + said("host", host) + said("path", path);
            default -> type + said("host", host) + said("path", path);
        };
    }

    private static String said(String key, String value) {
        return value.isEmpty() ? "" : "&" + key + "=" + LinkText.encode(value);
    }

    /** The transport of a query. */
    static LinkTransport ofQuery(Map<String, String> query) {
        String network = known(query.getOrDefault("type", "tcp"));
        return switch (network) {
            case "grpc" ->
                new LinkTransport(
                        network,
                        query.getOrDefault("mode", "gun"),
                        query.getOrDefault("authority", ""),
                        query.getOrDefault("serviceName", ""));
            case "kcp" ->
                new LinkTransport(
                        network, query.getOrDefault("headerType", "none"), "", query.getOrDefault("seed", ""));
            case "tcp" ->
                new LinkTransport(
                        network,
                        query.getOrDefault("headerType", "none"),
                        query.getOrDefault("host", ""),
                        query.getOrDefault("path", ""));
            default ->
                new LinkTransport(network, "none", query.getOrDefault("host", ""), query.getOrDefault("path", "/"));
        };
    }

    /** The transport of the four words of a {@code vmess://} link. */
    static LinkTransport ofWords(String network, String type, String host, String path) {
        return new LinkTransport(
                known(network.isEmpty() ? "tcp" : network), type.isEmpty() ? "none" : type, host, path);
    }

    private static String known(String network) {
        String name = network.equals("raw") ? "tcp" : network;
        if (!NETWORKS.contains(name)) {
            throw new IllegalArgumentException("the link's transport \"" + network + "\" is not supported yet");
        }
        return name;
    }
}
