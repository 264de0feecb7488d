package io.culvert.transport.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HandshakeHandlerTest {
    /** Waits for five bytes, and takes them. */
    private static class Five extends HandshakeHandler {
        private int calls;

        @Override
        protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
            calls++;
            if (in.readableBytes() < 5) {
                return false;
            }
            in.skipBytes(5);
            over(ctx);
            return true;
        }

        void over(ChannelHandlerContext unused) {
            // Nothing more in the plain case.
        }
    }

    private final Five handler = new Five();
    private final EmbeddedChannel channel = new EmbeddedChannel(handler);

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static String text(EmbeddedChannel from) {
        StringBuilder all = new StringBuilder();
        for (ByteBuf next = from.readInbound(); next != null; next = from.readInbound()) {
            all.append(next.toString(StandardCharsets.US_ASCII));
            next.release();
        }
        return all.toString();
    }

    @Test
    void collectsByteByByte() {
        for (char one : "hello".toCharArray()) {
            assertThat(channel.pipeline().get(HandshakeHandler.class)).isNotNull();
            channel.writeInbound(bytes(String.valueOf(one)));
        }
        assertThat(channel.pipeline().get(HandshakeHandler.class)).isNull();
        assertThat(handler.calls).isEqualTo(5);
        channel.writeInbound(bytes("payload"));
        assertThat(text(channel)).isEqualTo("payload");
    }

    @Test
    void passesTheRestOn() {
        channel.writeInbound(bytes("hel"), bytes("lopay"), bytes("load"));
        assertThat(text(channel)).isEqualTo("payload");
    }

    @Test
    void passesNothingOnWhereNothingIsLeft() {
        ByteBuf exact = bytes("hello");
        channel.writeInbound(exact);
        assertThat(exact.refCnt()).isZero();
        assertThat(channel.inboundMessages()).isEmpty();
    }

    @Test
    void collectsFromBuffersThatCannotGrow() {
        channel.writeInbound(bytes("he").asReadOnly(), Unpooled.wrappedBuffer(new byte[] {'l'}), bytes("lo!"));
        assertThat(text(channel)).isEqualTo("!");
    }

    @Test
    void theRestGoesToAHandlerThatWasAddedInTheMiddle() {
        StringBuilder seen = new StringBuilder();
        EmbeddedChannel own = new EmbeddedChannel(new Five() {
            @Override
            void over(ChannelHandlerContext ctx) {
                ctx.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext inner, Object message) {
                        seen.append(((ByteBuf) message).toString(StandardCharsets.US_ASCII));
                        ((ByteBuf) message).release();
                    }
                });
            }
        });
        own.writeInbound(bytes("hello+rest"));
        assertThat(seen).hasToString("+rest");
    }

    @Test
    void releasesWhenTheChannelCloses() {
        ByteBuf part = bytes("he");
        channel.writeInbound(part);
        channel.close();
        channel.runPendingTasks();
        assertThat(part.refCnt()).isZero();
    }

    @Test
    void releasesWhenItIsRemovedInTheMiddleOfItsOwnCall() {
        EmbeddedChannel own = new EmbeddedChannel(new HandshakeHandler() {
            @Override
            protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
                ctx.pipeline().remove(this);
                return false;
            }
        });
        ByteBuf part = bytes("he");
        own.writeInbound(part);
        assertThat(part.refCnt()).isZero();
        assertThat(own.inboundMessages()).isEmpty();
    }

    @Test
    void removedWithTheHandshakeOverTheRestStillArrives() {
        EmbeddedChannel own = new EmbeddedChannel(new Five() {
            @Override
            void over(ChannelHandlerContext ctx) {
                ctx.pipeline().remove(this);
            }
        });
        own.writeInbound(bytes("hello+rest"));
        assertThat(text(own)).isEqualTo("+rest");
    }

    @Test
    void releasesWhenItsOwnCodeFails() {
        EmbeddedChannel own = new EmbeddedChannel(new HandshakeHandler() {
            @Override
            protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
                throw new IllegalStateException("a fault");
            }
        });
        ByteBuf part = bytes("he");
        assertThatThrownBy(() -> own.writeInbound(part)).isInstanceOf(IllegalStateException.class);
        assertThat(part.refCnt()).isZero();
    }

    @Test
    void asksForMoreWhereTheChannelDoesNotReadByItself() {
        int[] reads = {0};
        EmbeddedChannel own = new EmbeddedChannel();
        own.config().setAutoRead(false);
        own.pipeline().addLast(new io.netty.channel.ChannelOutboundHandlerAdapter() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads[0]++;
                ctx.read();
            }
        });
        own.pipeline().addLast(new Five());
        own.writeInbound(bytes("he"));
        assertThat(reads[0]).isEqualTo(1);
        own.writeInbound(bytes("llo"));
        assertThat(reads[0]).as("the handshake is over").isEqualTo(1);
    }
}
