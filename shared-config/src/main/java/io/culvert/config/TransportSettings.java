package io.culvert.config;

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
     * {@code tcpSettings.header} of type {@code http} (wire-formats section 14.1). Each list holds at least one entry.
     *
     * @param requestHeaders each with the values that one is picked from; in byte order of the names
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
        }
    }

    /**
     * WebSocket (section 14.3).
     *
     * @param path as configured, without {@code ?ed=}
     * @param headers of the client's request; {@code Host} among them where it is configured
     * @param maxEarlyData how many bytes of the first write go into the request; 0 for none
     * @param earlyDataHeader where they go: a header's name, or empty for the path
     * @param trustForwardedFor whether the first {@code X-Forwarded-For} address becomes the client's
     */
    record WebSocket(
            String path,
            Map<String, String> headers,
            int maxEarlyData,
            String earlyDataHeader,
            boolean trustForwardedFor)
            implements TransportSettings {
        public WebSocket {
            headers = Map.copyOf(headers);
        }
    }

    /** HTTP upgrade without WebSocket framing, as V2Ray 5 and Xray have it. */
    record HttpUpgrade(String path, String host, Map<String, String> headers, int maxEarlyData)
            implements TransportSettings {
        public HttpUpgrade {
            headers = Map.copyOf(headers);
        }
    }

    /**
     * HTTP/2 (section 14.4).
     *
     * @param hosts what a client picks {@code :authority} from and a server accepts; empty: anything, and
     *     {@code www.example.com}
     */
    record Http2(List<String> hosts, String path, String method, Map<String, String> headers)
            implements TransportSettings {
        public Http2 {
            hosts = List.copyOf(hosts);
            headers = Map.copyOf(headers);
        }
    }

    /**
     * gRPC's tunnel, as V2Ray 4.36 and Xray have it.
     *
     * @param multi whether messages carry several buffers ({@code TunMulti})
     */
    record Grpc(String serviceName, boolean multi, String authority) implements TransportSettings {}

    /**
     * mKCP (section 16). Sizes in bytes, capacities in bytes a second.
     *
     * @param header the disguise in front of every packet
     * @param seed the password that packets are sealed with, or null for the checksum only
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
     * @param path a path, or the name of an abstract socket
     * @param padding whether an abstract name is padded with zero bytes to its full 108
     */
    record DomainSocket(String path, boolean abstractName, boolean padding) implements TransportSettings {}

    /** A transport that a configuration can name and this version does not have; never run. */
    record Unbuilt(String network) implements TransportSettings {}
}
