package io.culvert.transport.link;

import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Promise;

/**
 * A session that is being opened over a link.
 *
 * @param order the header fields that say what to open
 * @param network what the session carries
 * @param opened completed once, with the stream
 */
record LinkOpening(Http2Headers order, Network network, Promise<Channel> opened) {

    /** The egress could not be reached, or is gone: another one may be asked. */
    void unreachable(String why) {
        opened.tryFailure(new SessionFailure(CloseCause.LINK_FAILED, "link: " + why));
    }
}
