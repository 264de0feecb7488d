package io.culvert.ingress.protocol;

import io.culvert.config.InboundSettings;
import io.netty.channel.Channel;

final class HttpInbound implements InboundProtocol {
    HttpInbound(InboundSettings.Http settings) {}

    @Override
    public void install(Channel channel, Handshake handshake) {
        throw new IllegalStateException();
    }
}
