package io.culvert.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GatherHandlerTest {
    private long bytesRead;
    private boolean ended;
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new GatherHandler(), new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    bytesRead += ((ByteBuf) message).readableBytes();
                    ((ByteBuf) message).release();
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    ended = event == StreamEnd.INPUT;
                }
            });

    @BeforeEach
    void freeze() {
        channel.freezeTime();
    }

    private void read(int... sizes) {
        for (int size : sizes) {
            channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(new byte[size]));
        }
        channel.pipeline().fireChannelReadComplete();
    }

    private void makeBulk() {
        for (int i = 0; i < 30; i++) {
            read(64 * 1024);
        }
    }

    private boolean isPausing() {
        return ReadGate.of(channel).isHeld(ReadGate.GATHERING);
    }

    @Test
    void aBulkFlowPausesAfterALittleRead() {
        makeBulk();
        assertThat(isPausing()).isFalse();
        read(2 * 1024);
        assertThat(isPausing()).isTrue();
        assertThat(channel.config().isAutoRead()).isFalse();

        channel.advanceTimeBy(GatherHandler.PAUSE_MICROS - 1, TimeUnit.MICROSECONDS);
        channel.runScheduledPendingTasks();
        assertThat(isPausing()).isTrue();
        channel.advanceTimeBy(1, TimeUnit.MICROSECONDS);
        channel.runScheduledPendingTasks();
        assertThat(isPausing()).isFalse();
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void aReadThatBroughtEnoughDoesNot() {
        makeBulk();
        read(GatherHandler.ENOUGH_BYTES / 2, GatherHandler.ENOUGH_BYTES / 2);
        assertThat(isPausing()).isFalse();
    }

    @Test
    void requestsAndAnswersNeverPause() {
        for (int i = 0; i < 200; i++) {
            read(1 + i * 20);
            assertThat(isPausing()).isFalse();
        }
    }

    @Test
    void aBulkFlowThatTurnsIntoRequestsStopsPausing() {
        makeBulk();
        for (int i = 0; i < 60; i++) {
            read(100);
            channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
        }
        read(100);
        assertThat(isPausing()).isFalse();
    }

    @Test
    void anEndInAPauseIsPassedOnAndNoPauseFollowsIt() {
        makeBulk();
        read(100);
        channel.pipeline().fireUserEventTriggered(StreamEnd.INPUT);
        assertThat(ended).isTrue();
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(isPausing()).isFalse();
        read(100);
        assertThat(isPausing()).isFalse();
        assertThat(bytesRead).isEqualTo(30L * 64 * 1024 + 200);
    }

    @Test
    void aPauseDoesNotUndoWhatOthersHold() {
        makeBulk();
        ReadGate.of(channel).hold(ReadGate.BACK_PRESSURE);
        read(100);
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.config().isAutoRead()).isFalse();
    }

    @Test
    void aCloseInAPauseIsHarmless() {
        makeBulk();
        read(100);
        channel.close();
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        channel.checkException();
    }
}
