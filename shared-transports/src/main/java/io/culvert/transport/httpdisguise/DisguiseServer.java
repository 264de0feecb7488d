package io.culvert.transport.httpdisguise;

import io.culvert.config.TransportSettings.HttpDisguise;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.Channels;
import io.netty.channel.Channel;

/** The disguise at an inbound. Behind the header the socket itself is the stream, half-close and all. */
public final class DisguiseServer implements ServerLayer {
    private final HttpDisguise settings;

    public DisguiseServer(HttpDisguise settings) {
        this.settings = settings;
    }

    @Override
    public void accept(Channel socket, Accepted next) {
        DisguiseServerWriter writer = new DisguiseServerWriter(settings);
        Channels.addProtocol(socket, "disguise-writer", writer);
        Channels.addProtocol(
                socket, "disguise-reader", new DisguiseServerReader(settings, writer, () -> next.accepted(socket)));
    }
}
