package io.culvert.ingress.protocol;

import io.culvert.config.InboundSettings;
import io.netty.channel.Channel;

final class VmessInbound implements InboundProtocol {
    VmessInbound(InboundSettings.Vmess settings) {}

    @Override
    public void install(Channel channel, Handshake handshake) {
        throw new IllegalStateException();
    }
}
