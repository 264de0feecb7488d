package io.culvert.egress.outbound;

import io.culvert.config.OutboundSettings;
import io.culvert.egress.dial.StreamDialer;
import io.culvert.model.DialOrder;
import io.culvert.transport.Outbound;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

final class HttpOutbound implements Outbound {
    HttpOutbound(OutboundSettings.Http settings, StreamDialer dialer) {}

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        throw new IllegalStateException();
    }
}
