package io.culvert.config;

import io.culvert.model.Cidr;
import java.util.List;

/** {@code streamSettings}: how the bytes of a protocol travel. */
public record StreamConfig(TransportSettings transport, SecuritySettings security, SockoptConfig sockopt) {
    public static final StreamConfig RAW =
            new StreamConfig(new TransportSettings.Raw(), new SecuritySettings.None(), SockoptConfig.DEFAULT);

    /**
     * {@code sockopt} (wire-formats section 14.7).
     *
     * @param mark the socket's mark, 0 for none
     * @param acceptProxyProtocol whether connections begin with a PROXY header, said here or by the transport's own settings
     * @param tcpFastOpen {@link #UNSET}, 0 for off, else on: the queue of a listener
     * @param transparent how a transparent inbound learns where a client meant to go
     * @param tcpKeepAliveIdleSeconds how long a connection is idle before it is probed; 0 for 60 s
     * @param tcpKeepAliveIntervalSeconds how far probes are apart; 0 for 15 s
     * @param trustedFronts reverse proxies and balancers whose clients share their address: the limit of half-open connections of
     *     one source is not theirs
     */
    public record SockoptConfig(
            int mark,
            boolean acceptProxyProtocol,
            int tcpFastOpen,
            TransparentMode transparent,
            int tcpKeepAliveIdleSeconds,
            int tcpKeepAliveIntervalSeconds,
            List<Cidr> trustedFronts) {
        /** {@code tcpFastOpen} is left as the system has it. */
        public static final int UNSET = -1;

        public static final SockoptConfig DEFAULT = new SockoptConfig(0, false, UNSET, TransparentMode.OFF, 0, 0);

        public SockoptConfig {
            trustedFronts = List.copyOf(trustedFronts);
        }

        /** Without trusted fronts. */
        public SockoptConfig(
                int mark,
                boolean acceptProxyProtocol,
                int tcpFastOpen,
                TransparentMode transparent,
                int tcpKeepAliveIdleSeconds,
                int tcpKeepAliveIntervalSeconds) {
            this(
                    mark,
                    acceptProxyProtocol,
                    tcpFastOpen,
                    transparent,
                    tcpKeepAliveIdleSeconds,
                    tcpKeepAliveIntervalSeconds,
                    List.of());
        }

        /** What of it concerns a socket itself, and not who connects to it. */
        public SockoptConfig ofSocket() {
            return new SockoptConfig(
                    mark,
                    acceptProxyProtocol,
                    tcpFastOpen,
                    transparent,
                    tcpKeepAliveIdleSeconds,
                    tcpKeepAliveIntervalSeconds);
        }

        /** What of it concerns a UDP socket that carries a transport. */
        public SockoptConfig ofDatagrams() {
            return new SockoptConfig(mark, false, UNSET, transparent, 0, 0);
        }

        /** The same with a PROXY header in front: {@code tcpSettings} and {@code wsSettings} can ask for it too. */
        public SockoptConfig withProxyProtocol() {
            return new SockoptConfig(
                    mark,
                    true,
                    tcpFastOpen,
                    transparent,
                    tcpKeepAliveIdleSeconds,
                    tcpKeepAliveIntervalSeconds,
                    trustedFronts);
        }
    }

    /** {@code sockopt.tproxy}. */
    public enum TransparentMode {
        OFF,
        REDIRECT,
        TPROXY
    }
}
