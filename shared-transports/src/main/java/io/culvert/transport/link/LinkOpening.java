package io.culvert.transport.link;

import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Promise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session that is being opened over a link.
 *
 * @param order a {@link io.culvert.bus.LinkOrder}, encoded, in a buffer that needs no release
 * @param network what the session carries
 * @param first what the client has said so far, or null; on the event loop of the session
 * @param opened completed once, with the stream
 */
record LinkOpening(ByteBuf order, Network network, Supplier<@Nullable ByteBuf> first, Promise<Channel> opened) {

    /** What is sent ahead, to be released; null for nothing. */
    @Nullable
    ByteBuf ahead() {
        ByteBuf said = network == Network.TCP ? first.get() : null;
        int length = said == null ? 0 : Repeatable.bytesOf(said);
        return said == null || length == 0 ? null : said.retainedSlice(said.readerIndex(), length);
    }

    /** The egress could not be reached, or is gone: another one may be asked. */
    void unreachable(String why) {
        opened.tryFailure(new SessionFailure(CloseCause.LINK_FAILED, "link: " + why));
    }
}
