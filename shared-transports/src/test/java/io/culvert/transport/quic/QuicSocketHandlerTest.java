package io.culvert.transport.quic;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.TransportSettings.PacketHeader;
import io.culvert.config.TransportSettings.Quic;
import io.culvert.config.TransportSettings.QuicSecurity;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is around the datagrams, put on by one socket and taken off by another. */
class QuicSocketHandlerTest {
    private static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.1", 443);
    private static final InetSocketAddress SELF = new InetSocketAddress("192.0.2.2", 443);

    static Stream<Quic> settings() {
        return Arrays.stream(PacketHeader.values())
                .flatMap(header ->
                        Arrays.stream(QuicSecurity.values()).map(security -> new Quic(security, "key", header)));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void a_datagram_goes_through(Quic settings) {
        EmbeddedChannel sender = socket(settings);
        EmbeddedChannel receiver = socket(settings);
        sender.writeOutbound(new DatagramPacket(datagram(1_200), PEER));
        DatagramPacket sent = sender.readOutbound();
        assertThat(sent.recipient()).isEqualTo(PEER);
        assertThat(sent.content().readableBytes()).isEqualTo(1_200 + new QuicPackets(settings).overhead());
        receiver.writeInbound(new DatagramPacket(sent.content(), SELF, PEER));
        expectReceived(receiver, datagram(1_200));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void several_datagrams_in_one_are_wrapped_one_by_one(Quic settings) {
        EmbeddedChannel sender = socket(settings);
        EmbeddedChannel receiver = socket(settings);
        ByteBuf several = Unpooled.wrappedBuffer(datagram(1_000), datagram(1_000), datagram(300));
        sender.writeOutbound(new SegmentedDatagramPacket(several, 1_000, PEER));
        SegmentedDatagramPacket sent = sender.readOutbound();
        int overhead = new QuicPackets(settings).overhead();
        assertThat(sent.segmentSize()).isEqualTo(1_000 + overhead);
        ByteBuf all = sent.content();
        for (int length : new int[] {1_000, 1_000, 300}) {
            receiver.writeInbound(new DatagramPacket(all.readRetainedSlice(length + overhead), SELF, PEER));
            expectReceived(receiver, datagram(length));
        }
        assertThat(all.isReadable()).isFalse();
        sent.release();
    }

    @ParameterizedTest
    @MethodSource("settings")
    void what_cannot_be_opened_is_ignored(Quic settings) {
        EmbeddedChannel receiver = socket(settings);
        int overhead = new QuicPackets(settings).overhead();
        if (overhead > 0) {
            receiver.writeInbound(new DatagramPacket(datagram(overhead), SELF, PEER));
            assertThat(receiver.<Object>readInbound()).isNull();
        }
        if (settings.security() != QuicSecurity.NONE) {
            receiver.writeInbound(new DatagramPacket(datagram(1_300), SELF, PEER));
            receiver.writeInbound(new DatagramPacket(datagram(3_000), SELF, PEER));
            assertThat(receiver.<Object>readInbound()).isNull();
        }
        assertThat(receiver.isOpen()).isTrue();
    }

    private static void expectReceived(EmbeddedChannel receiver, ByteBuf expected) {
        DatagramPacket received = receiver.readInbound();
        assertThat(received.sender()).isEqualTo(PEER);
        // Netty's codec reads from index 0, whatever the reader's index says.
        assertThat(received.content().readerIndex()).isZero();
        assertThat(received.content()).isEqualTo(expected);
        received.release();
        expected.release();
    }

    private static EmbeddedChannel socket(Quic settings) {
        return new EmbeddedChannel(new QuicPackets(settings).handler());
    }

    private static ByteBuf datagram(int length) {
        ByteBuf bytes = Unpooled.directBuffer(length);
        for (int i = 0; i < length; i++) {
            bytes.writeByte(i * 7);
        }
        return bytes;
    }
}
