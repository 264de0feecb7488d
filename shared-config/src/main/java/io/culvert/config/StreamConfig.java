package io.culvert.config;

/** {@code streamSettings}: how the bytes of a protocol travel. */
public record StreamConfig(TransportSettings transport, SecuritySettings security, SockoptConfig sockopt) {
    public static final StreamConfig RAW =
            new StreamConfig(new TransportSettings.Raw(), new SecuritySettings.None(), SockoptConfig.DEFAULT);

    /**
     * {@code sockopt}.
     *
     * @param mark the socket's mark, 0 for none
     * @param acceptProxyProtocol whether connections begin with a PROXY header
     */
    public record SockoptConfig(int mark, boolean acceptProxyProtocol) {
        public static final SockoptConfig DEFAULT = new SockoptConfig(0, false);

        /** The same with a PROXY header in front: {@code tcpSettings} and {@code wsSettings} can ask for it too. */
        public SockoptConfig withProxyProtocol() {
            return new SockoptConfig(mark, true);
        }
    }
}
