package io.culvert.transport.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.testkit.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VlessDatagramHandlerTest {
    private final EmbeddedChannel channel = new EmbeddedChannel(new VlessDatagramHandler());

    private static byte[] framed(List<byte[]> datagrams) {
        ByteBuf all = Unpooled.buffer();
        for (byte[] datagram : datagrams) {
            all.writeShort(datagram.length).writeBytes(datagram);
        }
        byte[] bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }

    private List<byte[]> received() {
        List<byte[]> all = new ArrayList<>();
        for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
            byte[] bytes = new byte[next.readableBytes()];
            next.readBytes(bytes);
            all.add(bytes);
            next.release();
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void segmentationDoesNotMatter(long seed) {
        Random random = new Random(seed);
        List<byte[]> datagrams = new ArrayList<>();
        int longestDatagram = seed == 1 ? 2_000 : 65_535;
        for (int i = 0; i < 40; i++) {
            datagrams.add(Payload.of(i, 1 + random.nextInt(i % 10 == 0 ? longestDatagram : 1_500)));
        }
        byte[] stream = framed(datagrams);
        int longest = seed == 1 ? 1 : 1 + random.nextInt(5_000);
        for (int at = 0; at < stream.length; ) {
            int piece = Math.min(stream.length - at, 1 + random.nextInt(longest));
            channel.writeInbound(channel.alloc().buffer().writeBytes(stream, at, piece));
            at += piece;
        }
        assertThat(received()).usingElementComparator(java.util.Arrays::compare).containsExactlyElementsOf(datagrams);
    }

    @Test
    void emptyFramesAreSkipped() {
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0, 0, 0, 1, 9, 0, 0}));
        assertThat(received()).hasSize(1).first().isEqualTo(new byte[] {9});
    }

    @Test
    void whatIsWrittenGetsItsLength() {
        channel.writeOutbound(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
        ByteBuf head = channel.readOutbound();
        ByteBuf body = channel.readOutbound();
        assertThat(head.readUnsignedShort()).isEqualTo(3);
        assertThat(body.readableBytes()).isEqualTo(3);
        head.release();
        body.release();
    }

    @Test
    void whatNoFrameCanCarryIsDropped() {
        ByteBuf tooLong = Unpooled.wrappedBuffer(new byte[65_536]);
        channel.writeOutbound(tooLong);
        assertThat(channel.outboundMessages()).isEmpty();
        assertThat(tooLong.refCnt()).isZero();
    }

    @Test
    void anEmptyBufferPassesWithoutAFrame() {
        channel.writeOutbound(Unpooled.EMPTY_BUFFER);
        ByteBuf passed = channel.readOutbound();
        assertThat(passed.isReadable()).isFalse();
        passed.release();
        assertThat(channel.outboundMessages()).isEmpty();
    }

    @Test
    void theEndPasses() {
        channel.writeOutbound(StreamEnd.OUTPUT);
        assertThat(channel.<Object>readOutbound()).isEqualTo(StreamEnd.OUTPUT);
    }

    @Test
    void aPartIsReleasedAtTheEnd() {
        ByteBuf part = channel.alloc().buffer().writeBytes(new byte[] {0, 9, 1, 2});
        channel.writeInbound(part);
        channel.close();
        channel.runPendingTasks();
        assertThat(part.refCnt()).isZero();
    }
}
