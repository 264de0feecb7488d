package io.culvert.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EarlyBytesHandlerTest {
    private final List<String> seen = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    EarlyBytesHandlerTest() {
        channel.pipeline().addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
    }

    private void addReader() {
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ByteBuf bytes = (ByteBuf) message;
                seen.add(String.valueOf(bytes.readByte()));
                bytes.release();
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                seen.add("|");
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                seen.add(event.toString());
            }
        });
    }

    private void read(int value) {
        channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(new byte[] {(byte) value}));
        channel.pipeline().fireChannelReadComplete();
    }

    @Test
    void handsOverInOrderAndLeaves() {
        read(1);
        read(2);
        channel.pipeline().fireUserEventTriggered(StreamEnd.INPUT);
        addReader();
        assertThat(seen).isEmpty();
        EarlyBytesHandler.openIn(channel);
        assertThat(seen).containsExactly("1", "2", "|", "INPUT");
        assertThat(channel.pipeline().get(EarlyBytesHandler.class)).isNull();
        read(3);
        assertThat(seen).endsWith("3", "|");
    }

    @Test
    void opensOnlyOnce() {
        read(1);
        addReader();
        EarlyBytesHandler.openIn(channel);
        EarlyBytesHandler.openIn(channel);
        assertThat(seen).containsExactly("1", "|");
    }

    @Test
    void releasesWhatNobodyTook() {
        ByteBuf kept = Unpooled.wrappedBuffer(new byte[] {1});
        channel.pipeline().fireChannelRead(kept);
        channel.pipeline().fireUserEventTriggered(StreamEnd.INPUT);
        channel.close();
        channel.runPendingTasks();
        assertThat(kept.refCnt()).isZero();
    }

    @Test
    void otherEventsPass() {
        addReader();
        channel.pipeline().fireUserEventTriggered("other");
        assertThat(seen).containsExactly("other");
    }

    @Test
    void protocolsGoInFrontOfIt() {
        ChannelInboundHandlerAdapter protocol = new ChannelInboundHandlerAdapter();
        Channels.addProtocol(channel, "protocol", protocol);
        assertThat(channel.pipeline().names()).startsWith("protocol", EarlyBytesHandler.NAME);
    }

    /** A client that resets while its destination is dialled has no relay yet that could hear of it. */
    @Test
    void aFaultClosesTheChannelAndGoesNoFurther() {
        channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
        assertThat(channel.isOpen()).isFalse();
        channel.checkException();
    }

    /** A protocol that has found its stream damaged says so once, and reports no end any more. */
    @Test
    void aCauseEndsTheChannelWhereThereIsNoSession() {
        channel.pipeline().fireUserEventTriggered(CloseCause.CORRUPT);
        assertThat(channel.isOpen()).isFalse();
        assertThat(Channels.reasonOf(channel)).isEqualTo(CloseCause.CORRUPT);
    }

    @Test
    void aSessionIsToldOnceAndEndsTheChannelItself() {
        List<CloseCause> told = new ArrayList<>();
        EarlyBytesHandler.tellFaults(channel, told::add);
        channel.pipeline().fireUserEventTriggered(CloseCause.TRUNCATED);
        assertThat(told).containsExactly(CloseCause.TRUNCATED);
        assertThat(channel.isOpen()).isTrue();
        channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
        assertThat(told).containsExactly(CloseCause.TRUNCATED);
        assertThat(channel.isOpen()).isFalse();
        channel.checkException();
    }
}
