package io.culvert.transport.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FirstWriteHandlerTest {
    private final ByteBuf header = text("H");
    private final List<String> wire = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (message instanceof ByteBuf bytes) {
                wire.add(bytes.toString(StandardCharsets.US_ASCII));
                bytes.release();
            } else {
                wire.add(message.toString());
            }
            promise.trySuccess();
        }

        @Override
        public void flush(ChannelHandlerContext ctx) {
            wire.add("|");
        }
    });

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private void add(long wait) {
        channel.freezeTime();
        channel.pipeline().addLast(new FirstWriteHandler(header, wait));
    }

    private void pass(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private boolean isThere() {
        return channel.pipeline().get(FirstWriteHandler.class) != null;
    }

    @Test
    void leavesWithTheFirstPayloadInOneFlush() {
        add(FirstWriteHandler.CLIENT_WAIT_MILLIS);
        channel.writeAndFlush(text("data"));
        assertThat(wire).containsExactly("H", "data", "|");
        assertThat(isThere()).isFalse();
        pass(1_000);
        channel.writeAndFlush(text("more"));
        assertThat(wire).containsExactly("H", "data", "|", "more", "|");
    }

    @Test
    void leavesAloneAfterTheWait() {
        add(FirstWriteHandler.CLIENT_WAIT_MILLIS);
        pass(99);
        assertThat(wire).isEmpty();
        pass(1);
        assertThat(wire).containsExactly("H", "|");
        assertThat(isThere()).isFalse();
        channel.writeAndFlush(text("data"));
        assertThat(wire).containsExactly("H", "|", "data", "|");
    }

    @Test
    void aServersHeaderWaitsForTheFirstAnswerHoweverLong() {
        add(FirstWriteHandler.SERVER_WAIT);
        pass(3_600_000);
        assertThat(wire).isEmpty();
        channel.writeAndFlush(text("data"));
        assertThat(wire).containsExactly("H", "data", "|");
    }

    @Test
    void leavesBeforeAnEndWithoutPayload() {
        add(FirstWriteHandler.SERVER_WAIT);
        channel.writeAndFlush(StreamEnd.OUTPUT);
        assertThat(wire).containsExactly("H", "OUTPUT", "|");
    }

    @Test
    void aCloseWithoutAnAnswerSendsNoHeader() {
        add(FirstWriteHandler.SERVER_WAIT);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
        assertThat(wire).containsExactly("", "|");
        channel.close();
        channel.runPendingTasks();
        assertThat(header.refCnt()).isZero();
    }

    @Test
    void isReleasedWhenNeverSent() {
        add(FirstWriteHandler.CLIENT_WAIT_MILLIS);
        channel.close();
        channel.runPendingTasks();
        pass(1_000);
        assertThat(header.refCnt()).isZero();
        assertThat(wire).isEmpty();
    }
}
