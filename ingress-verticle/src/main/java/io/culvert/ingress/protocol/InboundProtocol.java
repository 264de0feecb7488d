package io.culvert.ingress.protocol;

import io.culvert.config.InboundConfig;
import io.culvert.model.UserRef;
import io.netty.channel.Channel;
import java.util.Set;

/**
 * The server side of a protocol. One instance serves all connections of an inbound, on all event loops, and lives as long as the
 * inbound's socket: another configuration changes its settings, not its sessions, replay filters and associations.
 */
public interface InboundProtocol {

    /**
     * Puts the protocol's handlers on a fresh channel ({@link io.culvert.transport.channel.Channels#addProtocol}); its
     * transport and TLS are in place and nothing has been read. They call {@link Handshake#request} once, and afterwards leave
     * only the payload's codec, in the terms of {@link io.culvert.transport.channel.StreamEnd}.
     */
    void install(Channel channel, Handshake handshake);

    /**
     * Takes other settings of the same protocol, for clients that come from now on. One thread at a time; takes a while with
     * thousands of users, so not on an event loop.
     *
     * @return the users that are gone, a set by identity: sessions hold these very instances
     */
    Set<UserRef> update(InboundConfig inbound);

    /** Whether the user of a session, the very instance, is still among the inbound's users. Any thread. */
    boolean knows(UserRef user);
}
