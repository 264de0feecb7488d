package io.culvert.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The transport under a protocol. A new transport is a new record here. */
public sealed interface TransportSettings {

    /**
     * Plain TCP (V2Ray: {@code tcp}; Xray: {@code raw}), and UDP where the protocol has it.
     *
     * @param disguise the HTTP header in front of both streams, or null
     */
    record Raw(@Nullable HttpDisguise disguise) implements TransportSettings {
        public Raw() {
            this(null);
        }
    }

    /**
     * {@code tcpSettings.header} of type {@code http} (wire-formats section 14.1). Each list holds at least one entry, one
     * of which is picked for each connection.
     *
     * @param requestVersion such as {@code 1.1}
     * @param paths what a client picks from and a server compares with
     * @param requestHeaders in the order in which they are sent: configured ones in byte order of their names
     * @param responseHeaders likewise; without {@code Date} where that is to be the time
     */
    record HttpDisguise(
            String method,
            String requestVersion,
            List<String> paths,
            Map<String, List<String>> requestHeaders,
            String responseVersion,
            String status,
            String reason,
            Map<String, List<String>> responseHeaders) {
        public HttpDisguise {
            paths = List.copyOf(paths);
            requestHeaders = ordered(requestHeaders);
            responseHeaders = ordered(responseHeaders);
        }
    }

    /**
     * WebSocket (section 14.3).
     *
     * @param path begins with {@code /}; without {@code ed=}; may hold another query, which only a client sends
     * @param headers of the client's request, in byte order of the names; {@code Host}, written so, among them where it is
     *     configured
     * @param maxEarlyData how many bytes of the first write go into the request; 0 for none
     * @param earlyDataHeader where they go: a header's name, or empty for the end of the path (V2Ray 5)
     * @param trustForwardedFor whether the first {@code X-Forwarded-For} address becomes the client's
     * @param heartbeatSeconds how far pings are apart, 0 for none (Xray)
     */
    record WebSocket(
            String path,
            Map<String, String> headers,
            int maxEarlyData,
            String earlyDataHeader,
            boolean trustForwardedFor,
            int heartbeatSeconds)
            implements TransportSettings {
        public WebSocket {
            headers = ordered(headers);
        }

        /** Without pings. */
        public WebSocket(
                String path,
                Map<String, String> headers,
                int maxEarlyData,
                String earlyDataHeader,
                boolean trustForwardedFor) {
            this(path, headers, maxEarlyData, earlyDataHeader, trustForwardedFor, 0);
        }
    }

    /**
     * HTTP upgrade without WebSocket framing, as V2Ray 5 and Xray have it.
     *
     * @param path as {@link WebSocket}'s
     * @param host what a client sends as {@code Host}; empty: the server's address
     * @param headers further ones of the client's request, in byte order of the names; no {@code Host}
     * @param maxEarlyData how many bytes a client sends before the answer; 0 for none
     * @param earlyDataHeader the header that they go into (V2Ray 5), or empty: behind the request, without waiting (Xray)
     * @param trustForwardedFor as {@link WebSocket}'s
     */
    record HttpUpgrade(
            String path,
            String host,
            Map<String, String> headers,
            int maxEarlyData,
            String earlyDataHeader,
            boolean trustForwardedFor)
            implements TransportSettings {
        public HttpUpgrade {
            headers = ordered(headers);
        }
    }

    /**
     * HTTP/2 (section 14.4).
     *
     * @param hosts what a client picks {@code :authority} from and a server accepts; empty: anything, and
     *     {@code www.example.com}
     * @param path begins with {@code /}; a server takes every path that begins with it
     * @param method of a client's request, {@code PUT} unless configured; a server takes any
     * @param headers further ones of a client's request, in byte order of the names
     * @param trustForwardedFor as {@link WebSocket}'s
     */
    record Http2(List<String> hosts, String path, String method, Map<String, String> headers, boolean trustForwardedFor)
            implements TransportSettings {
        public Http2 {
            hosts = List.copyOf(hosts);
            headers = ordered(headers);
        }
    }

    /**
     * gRPC's tunnel, as V2Ray 4.36 and Xray have it.
     *
     * @param serviceName as configured, perhaps empty
     * @param multi whether a client's messages carry several buffers ({@code TunMulti})
     * @param authority what a client sends as {@code :authority}; empty: the server's address
     */
    record Grpc(String serviceName, boolean multi, String authority) implements TransportSettings {}

    /**
     * mKCP (section 16). Sizes in bytes, capacities in bytes a second; what would be more than an {@code int} holds is
     * {@link Integer#MAX_VALUE}.
     *
     * @param mtu 576 to 1460
     * @param ttiMillis 10 to 100
     * @param uplinkCapacity may be 0, as may {@code downlinkCapacity}
     * @param header the disguise in front of every packet
     * @param seed the password that packets are sealed with, perhaps empty; null for the checksum only
     */
    record Kcp(
            int mtu,
            int ttiMillis,
            int uplinkCapacity,
            int downlinkCapacity,
            boolean congestion,
            int readBufferSize,
            int writeBufferSize,
            PacketHeader header,
            @Nullable String seed)
            implements TransportSettings {
        /** What is used where nothing is configured (section 16.4). */
        public static final Kcp DEFAULT =
                new Kcp(1350, 50, 5 << 20, 20 << 20, false, 2 << 20, 2 << 20, PacketHeader.NONE, null);

        @Override
        public String toString() {
            return "Kcp[mtu=" + mtu + ", tti=" + ttiMillis + ", header=" + header + "]";
        }
    }

    /**
     * QUIC (section 15).
     *
     * @param key of the packet protection; not used with {@link QuicSecurity#NONE}
     */
    record Quic(QuicSecurity security, String key, PacketHeader header) implements TransportSettings {
        @Override
        public String toString() {
            return "Quic[security=" + security + ", header=" + header + "]";
        }
    }

    enum QuicSecurity {
        NONE,
        AES_128_GCM,
        CHACHA20_POLY1305
    }

    /** What mKCP and QUIC packets can look like. */
    enum PacketHeader {
        NONE,
        SRTP,
        UTP,
        WECHAT_VIDEO,
        DTLS,
        WIREGUARD
    }

    /**
     * A unix domain socket (section 14.5).
     *
     * @param path a path, or the name of an abstract socket without {@code @}
     * @param padding whether an abstract name is padded with zero bytes to its full 108
     */
    record DomainSocket(String path, boolean abstractName, boolean padding) implements TransportSettings {}

    /** What a word that names no transport is read as; such a configuration is never run. */
    record Unbuilt(String network) implements TransportSettings {}

    private static <V> Map<String, V> ordered(Map<String, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
