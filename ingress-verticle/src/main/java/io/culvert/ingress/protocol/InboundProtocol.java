package io.culvert.ingress.protocol;

import io.netty.channel.Channel;

/** The server side of a protocol. One instance serves all connections of an inbound, on all event loops. */
public interface InboundProtocol {

    /**
     * Puts the protocol's handlers on a fresh channel ({@link io.culvert.transport.channel.Channels#addProtocol}); its
     * transport and TLS are in place and nothing has been read. They call {@link Handshake#request} once, and afterwards leave
     * only the payload's codec, in the terms of {@link io.culvert.transport.channel.StreamEnd}.
     */
    void install(Channel channel, Handshake handshake);
}
