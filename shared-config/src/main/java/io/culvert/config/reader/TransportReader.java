package io.culvert.config.reader;

import io.culvert.config.TransportSettings;
import io.culvert.config.TransportSettings.DomainSocket;
import io.culvert.config.TransportSettings.Raw;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a transport: its own, or where there are none those of the {@code transport} section. Types, ranges and
 * words are checked as V2Ray does, for all settings that are given and not only for those of the chosen transport.
 */
final class TransportReader {
    /** The keys of settings that an object may hold, and whose they are. */
    private static final Map<String, Network> SETTINGS = Map.of(
            "tcpSettings", Network.TCP,
            "rawSettings", Network.TCP,
            "kcpSettings", Network.KCP,
            "wsSettings", Network.WEB_SOCKET,
            "httpupgradeSettings", Network.HTTP_UPGRADE,
            "httpSettings", Network.HTTP2,
            "dsSettings", Network.DOMAIN_SOCKET,
            "quicSettings", Network.QUIC,
            "grpcSettings", Network.GRPC,
            "gunSettings", Network.GRPC);

    static final Set<String> KEYS = SETTINGS.keySet();

    private static final List<String> STREAM_HEADERS = List.of("none", "http");
    /** How many bytes of a name a unix socket's address holds, with the zero byte at one end. */
    private static final int MAX_UNIX_NAME = 107;

    private final @Nullable Fields global;
    private final HttpTransports http;
    private final PacketTransports packets;
    private final Report report;

    /** @param global the {@code transport} section, or null */
    TransportReader(@Nullable Fields global, Report report) {
        this.global = global;
        this.http = new HttpTransports(report);
        this.packets = new PacketTransports(report);
        this.report = report;
    }

    /**
     * What was read.
     *
     * @param proxyProtocol where the transport's own settings ask for the PROXY protocol, or null
     */
    record Read(TransportSettings settings, @Nullable Spot proxyProtocol) {}

    /** @param network the chosen one, or null where the word names none: settings are then only checked */
    Read read(Fields stream, @Nullable Network network, String word) {
        Fields tcp = either(stream, "tcpSettings", "rawSettings");
        Fields ws = settings(stream, "wsSettings");
        Fields upgrade = settings(stream, "httpupgradeSettings");
        Spot tcpProxy = proxyProtocol(tcp);
        Spot wsProxy = proxyProtocol(ws);
        Spot upgradeProxy = proxyProtocol(upgrade);
        Raw raw = raw(tcp, network == Network.TCP);
        TransportSettings webSocket = http.ws(ws, network == Network.WEB_SOCKET);
        TransportSettings httpUpgrade = http.upgrade(upgrade, network == Network.HTTP_UPGRADE);
        TransportSettings http2 = http.http2(settings(stream, "httpSettings"), network == Network.HTTP2);
        TransportSettings grpc = http.grpc(either(stream, "gunSettings", "grpcSettings"), network == Network.GRPC);
        TransportSettings kcp = packets.kcp(settings(stream, "kcpSettings"));
        TransportSettings quic = packets.quic(quic(stream, network));
        TransportSettings unix = domainSocket(stream, network == Network.DOMAIN_SOCKET);
        if (network != null) {
            beside(stream, network, word);
        }
        return switch (network) {
            case null -> new Read(new TransportSettings.Unbuilt(word), null);
            case TCP, TCP_HTTP -> new Read(raw, tcpProxy);
            case WEB_SOCKET -> new Read(webSocket, wsProxy);
            case HTTP_UPGRADE -> new Read(httpUpgrade, upgradeProxy);
            case HTTP2 -> new Read(http2, null);
            case GRPC -> new Read(grpc, null);
            case KCP -> new Read(kcp, null);
            case QUIC -> new Read(quic, null);
            case DOMAIN_SOCKET -> new Read(unix, null);
        };
    }

    /** What belongs to a transport that is not the chosen one does nothing; in the {@code transport} section it may lie. */
    private void beside(Fields stream, Network network, String word) {
        String chosen = word.isEmpty() ? "tcp" : word;
        SETTINGS.forEach((key, of) -> {
            if (of == network || !stream.asks(key)) {
                return;
            }
            Fields unused = stream.object(key);
            report.warning(
                    stream.spotOf(key), "these settings have no effect: the transport is " + Words.quoted(chosen));
            if (unused != null && unused.flag("acceptProxyProtocol")) {
                report.warning(
                        unused.spotOf("acceptProxyProtocol"),
                        "no PROXY header is expected: the transport is " + Words.quoted(chosen)
                                + "; \"sockopt\" is where it counts for every stream transport");
            }
        });
        stream.beside("tcpSettings", "rawSettings");
        stream.beside("gunSettings", "grpcSettings");
    }

    private @Nullable Fields settings(Fields stream, String key) {
        Fields own = stream.object(key);
        return own != null || global == null ? own : global.object(key);
    }

    /** Two spellings of one key, of which the first counts. */
    private @Nullable Fields either(Fields stream, String key, String other) {
        Fields second = stream.object(other);
        Fields first = stream.object(key);
        if (first == null && second == null && global != null) {
            second = global.object(other);
            first = global.object(key);
        }
        return first != null ? first : second;
    }

    /** V2Ray reads those of the {@code transport} section and forgets them; here they count like all others there. */
    private @Nullable Fields quic(Fields stream, @Nullable Network network) {
        Fields settings = settings(stream, "quicSettings");
        if (settings != null && network == Network.QUIC && stream.object("quicSettings") == null) {
            report.warning(
                    settings.spot(),
                    "V2Ray 4.34 ignores the \"quicSettings\" of the transport section, Culvert uses them");
        }
        return settings;
    }

    private static @Nullable Spot proxyProtocol(@Nullable Fields settings) {
        return settings != null && settings.flag("acceptProxyProtocol") ? settings.spotOf("acceptProxyProtocol") : null;
    }

    private Raw raw(@Nullable Fields tcp, boolean chosen) {
        if (tcp == null) {
            return new Raw();
        }
        Fields header = tcp.object("header");
        Raw raw = new Raw();
        if (header != null) {
            if (HeaderType.read(header, "TCP", STREAM_HEADERS, report).equals("http")) {
                raw = new Raw(DisguiseReader.read(header, new HttpText(report, chosen)));
            } else {
                header.know("request", "response"); // templates leave them; V2Ray does not look at them then
            }
            header.finish();
        }
        tcp.finish();
        return raw;
    }

    private DomainSocket domainSocket(Fields stream, boolean chosen) {
        Fields unix = settings(stream, "dsSettings");
        String written = unix == null ? "" : unix.text("path");
        // V2Ray's system calls take "@" as the sign of an abstract name even where the settings do not say so.
        boolean atSign = written.startsWith("@");
        boolean abstractName = atSign || (unix != null && unix.flag("abstract"));
        DomainSocket read = new DomainSocket(
                atSign ? written.substring(1) : written, abstractName, unix != null && unix.flag("padding"));
        if (chosen) {
            Spot spot = unix == null ? stream.spotOf("network") : unix.spotOf("path");
            int length = read.path().getBytes(StandardCharsets.UTF_8).length;
            if (length == 0 || length > MAX_UNIX_NAME || read.path().indexOf('\0') >= 0) {
                report.unusable(
                        spot,
                        "a domain socket needs a \"path\" of 1 to " + MAX_UNIX_NAME + " bytes: no connection is made");
            }
        }
        if (unix != null) {
            unix.finish();
        }
        return read;
    }
}
