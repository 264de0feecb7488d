package io.culvert.transport.raw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.transport.channel.StreamEnd;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionLoopsTest {
    private final EventLoopGroup all = new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
    private final EventLoop other = all.next();
    private final EventLoop first = all.next();
    private final SessionLoops loops = new SessionLoops(all, first);

    @AfterEach
    void stop() throws Exception {
        all.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
    }

    private Channel take() throws Exception {
        return loops.register(new LocalChannel()).sync().channel();
    }

    @Test
    void eachConnectionGoesWhereFewestAreAndOfEqualsToTheFirst() throws Exception {
        assertThat(first).isNotSameAs(other);
        assertThat(loops.first()).isSameAs(first);
        assertThat(take().eventLoop()).isSameAs(first);
        assertThat(take().eventLoop()).isSameAs(other);
        assertThat(take().eventLoop()).isSameAs(first);
        assertThat(loops.next()).isSameAs(other);
        assertThat(take().eventLoop()).isSameAs(other);
    }

    @Test
    void aConnectionThatHasGoneCountsNoMore() throws Exception {
        Channel gone = take();
        Channel stays = take();
        gone.close().sync();
        assertThat(take().eventLoop()).isSameAs(first);
        stays.close().sync();
        assertThat(take().eventLoop()).isSameAs(other);
    }

    @Test
    void aConnectionWhoseClientHasEndedCountsNoMoreAndItsCloseNotTwice() throws Exception {
        Channel ending = take();
        take();
        ending.eventLoop()
                .submit(() -> ending.pipeline().fireUserEventTriggered(StreamEnd.INPUT))
                .sync();
        assertThat(take().eventLoop()).isSameAs(first);
        ending.close().sync();
        // One each: had the close counted, the first would have two places left.
        assertThat(take().eventLoop()).isSameAs(first);
        assertThat(take().eventLoop()).isSameAs(other);
    }

    @Test
    void whoDealsTheLoopsOutDoesNotEndThem() {
        assertThatThrownBy(() -> loops.shutdownGracefully(0, 1, TimeUnit.SECONDS))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(loops.isShuttingDown()).isFalse();
    }
}
