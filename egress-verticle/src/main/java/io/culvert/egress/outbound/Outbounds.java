package io.culvert.egress.outbound;

import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.egress.dial.Dialer;
import io.culvert.egress.dial.StreamDialer;
import io.culvert.egress.dial.TcpSecurity;
import io.culvert.transport.Outbound;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;

/** The one place that knows every outbound protocol. */
public final class Outbounds {
    private Outbounds() {}

    /** @throws TlsConfigException where the outbound's TLS settings cannot be used */
    public static Outbound of(OutboundConfig config, Dialer shared) throws TlsConfigException {
        Dialer dialer = shared.with(new SocketOptions(config.stream().sockopt()));
        return switch (config.settings()) {
            case OutboundSettings.Freedom settings ->
                new Freedom(settings, config.sendThrough(), dialer, new TcpSecurity(config.stream()));
            case OutboundSettings.Blackhole settings -> new Blackhole(settings);
            case OutboundSettings.Vmess settings -> new VmessOutbound(settings, stream(config, dialer));
            case OutboundSettings.Vless settings -> new VlessOutbound(settings, stream(config, dialer));
            case OutboundSettings.Socks settings ->
                new SocksOutbound(settings, stream(config, dialer), dialer, config.sendThrough());
            case OutboundSettings.Http settings -> new HttpOutbound(settings, stream(config, dialer));
            case OutboundSettings.Unbuilt(String protocol) ->
                throw new IllegalArgumentException(
                        "the outbound protocol " + protocol + " is not built and must have been refused before");
        };
    }

    private static StreamDialer stream(OutboundConfig config, Dialer dialer) throws TlsConfigException {
        return new StreamDialer(config.stream(), config.sendThrough(), dialer);
    }
}
