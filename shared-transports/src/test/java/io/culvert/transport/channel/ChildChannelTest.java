package io.culvert.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChildChannelTest {
    private final EmbeddedChannel parent = new EmbeddedChannel();
    private final List<String> below = new ArrayList<>();
    private final List<String> above = new ArrayList<>();
    private boolean canSend = true;
    private int wantsMore;
    private final Child child = new Child();

    private final class Child extends ChildChannel {
        Child() {
            super(parent);
        }

        @Override
        protected void send(ByteBuf bytes) {
            below.add(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
        }

        @Override
        protected void sendComplete() {
            below.add("|");
        }

        @Override
        protected void sendEnd() {
            below.add("END");
        }

        @Override
        protected boolean canSend() {
            return canSend;
        }

        @Override
        protected void closed() {
            below.add("CLOSED");
        }

        @Override
        protected void wantsMore() {
            wantsMore++;
        }
    }

    /** Starts, with a handler that writes down what it reads, and reads on by itself unless it is held. */
    private void start() {
        child.start();
        child.pipeline().remove(EarlyBytesHandler.NAME);
        child.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ByteBuf bytes = (ByteBuf) message;
                above.add(bytes.toString(StandardCharsets.US_ASCII));
                bytes.release();
                if (above.getLast().equals("hold")) {
                    ctx.channel().config().setAutoRead(false);
                }
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                above.add("|");
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                above.add(event.toString());
            }
        });
    }

    @AfterEach
    void close() {
        child.close();
        settle();
    }

    private static ByteBuf text(String text) {
        return ByteBufUtil.writeAscii(Unpooled.buffer().alloc(), text);
    }

    private void settle() {
        parent.runPendingTasks();
    }

    @Test
    void isActiveOnceStarted() {
        start();
        assertThat(child.isActive()).isTrue();
        assertThat(child.config().isAutoRead()).isFalse();
    }

    @Test
    void queuesWhileItDoesNotRead() {
        start();
        child.deliver(text("one"));
        child.deliver(text("two"));
        child.deliverEnd();
        settle();
        assertThat(above).isEmpty();
        assertThat(child.queued()).isEqualTo(6);

        child.config().setAutoRead(true);
        settle();
        assertThat(above).containsExactly("one", "two", "|", "INPUT");
        assertThat(child.queued()).isZero();
        assertThat(wantsMore).isPositive();
    }

    @Test
    void oneReadTakesOneBuffer() {
        start();
        child.deliver(text("one"));
        child.deliver(text("two"));
        child.read();
        settle();
        assertThat(above).containsExactly("one", "|");
        assertThat(child.queued()).isEqualTo(3);
    }

    @Test
    void aPauseInTheMiddleHoldsTheRest() {
        start();
        child.config().setAutoRead(true);
        child.deliver(text("a"));
        child.deliver(text("hold"));
        child.deliver(text("b"));
        child.deliver(text("c"));
        child.deliverEnd();
        settle();
        assertThat(above).doesNotContain("b", "c", "INPUT");
        child.config().setAutoRead(true);
        settle();
        assertThat(above).containsSubsequence("a", "hold", "b", "c", "INPUT");
    }

    @Test
    void writesAreSentInOrderAndTheEndBehindThem() {
        start();
        child.write(text("a"));
        child.write(text("b"));
        child.write(StreamEnd.OUTPUT);
        assertThat(below).isEmpty();
        child.flush();
        assertThat(below).containsExactly("a", "b", "END", "|");
    }

    @Test
    void whatCannotBeSentCountsAsQueuedUntilItCan() {
        start();
        Channels.limitQueue(child, 4);
        canSend = false;
        ChannelFuture written = child.writeAndFlush(text("12345678"));
        ChannelFuture ended = child.writeAndFlush(StreamEnd.OUTPUT);
        assertThat(child.isWritable()).isFalse();
        assertThat(written.isDone()).isFalse();

        canSend = true;
        child.sendable();
        assertThat(below).containsExactly("12345678", "END", "|");
        assertThat(written.isSuccess()).isTrue();
        assertThat(ended.isSuccess()).isTrue();
        assertThat(child.isWritable()).isTrue();
    }

    @Test
    void closingReleasesBothQueues() {
        start();
        canSend = false;
        ByteBuf in = text("in");
        ByteBuf out = text("out");
        child.deliver(in);
        ChannelFuture written = child.writeAndFlush(out);
        child.close();
        settle();
        assertThat(in.refCnt()).isZero();
        assertThat(out.refCnt()).isZero();
        assertThat(written.isSuccess()).isFalse();
        assertThat(below).containsExactly("CLOSED");
        assertThat(child.closeFuture().isDone()).isTrue();
        assertThat(child.isActive()).isFalse();
    }

    @Test
    void nothingHappensAfterTheClose() {
        start();
        child.config().setAutoRead(true);
        child.close();
        child.close();
        settle();
        ByteBuf late = text("late");
        child.deliver(late);
        child.deliverEnd();
        child.sendable();
        settle();
        assertThat(late.refCnt()).isZero();
        assertThat(above).isEmpty();
        assertThat(below).containsExactly("CLOSED");
    }

    @Test
    void abortAndGentleCloseWorkAsOnSockets() {
        start();
        child.write(text("last"));
        Channels.closeGently(child);
        settle();
        assertThat(below).startsWith("last").endsWith("CLOSED");

        Child other = new Child();
        other.start();
        Channels.abort(other);
        settle();
        assertThat(other.isOpen()).isFalse();
    }
}
