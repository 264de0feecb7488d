package io.culvert.transport.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.testkit.Payload;
import io.culvert.wire.vmess.VmessCommand;
import io.culvert.wire.vmess.VmessOptions;
import io.culvert.wire.vmess.VmessRequest;
import io.culvert.wire.vmess.VmessRequestEncoder;
import io.culvert.wire.vmess.VmessSecurity;
import io.culvert.wire.vmess.VmessUser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both sides of a VMess connection, joined by the bytes that they write. */
class VmessPayloadHandlerTest {
    private final List<EmbeddedChannel> channels = new ArrayList<>();

    @AfterEach
    void close() {
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    /** One side, and the events that it has fired. */
    private final class Side {
        final List<Object> events = new ArrayList<>();
        final EmbeddedChannel channel;

        Side(VmessPayloadHandler handler) {
            channel = new EmbeddedChannel(handler, new ChannelInboundHandlerAdapter() {
                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    events.add(event);
                }
            });
            channels.add(channel);
        }

        void send(byte[] payload) {
            channel.writeOutbound(Unpooled.wrappedBuffer(payload));
        }

        /** What stands on the wire, without the marks of a stream's end. */
        byte[] wire() {
            ByteBuf all = Unpooled.buffer();
            for (Object next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
                if (next instanceof ByteBuf bytes) {
                    all.writeBytes(bytes);
                    bytes.release();
                } else {
                    events.add("wrote " + next);
                }
            }
            byte[] bytes = new byte[all.readableBytes()];
            all.readBytes(bytes);
            return bytes;
        }

        List<byte[]> receive(byte[] wire, int longest) {
            for (int at = 0; at < wire.length; at += longest) {
                channel.writeInbound(Unpooled.copiedBuffer(wire, at, Math.min(longest, wire.length - at)));
            }
            List<byte[]> all = new ArrayList<>();
            for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
                byte[] bytes = new byte[next.readableBytes()];
                next.readBytes(bytes);
                next.release();
                all.add(bytes);
            }
            return all;
        }
    }

    private static VmessRequest request(VmessSecurity security, int options, VmessCommand command, ByteBuf header) {
        VmessUser user = new VmessUser(new UUID(1, 2), 0, new UserRef("a@example.org", 0));
        Address address = Address.parse("192.0.2.1");
        return new VmessRequestEncoder(user, new Random(7), () -> 1_700_000_000L)
                .encode(
                        security,
                        options,
                        command,
                        command == VmessCommand.UDP ? Destination.udp(address, 53) : Destination.tcp(address, 53),
                        header);
    }

    private static VmessRequest request(VmessSecurity security, int options, VmessCommand command) {
        return request(security, options, command, Unpooled.buffer());
    }

    /** Datagrams without a cipher: size and payload, and nothing else, so that a stream that is cut anywhere keeps them apart. */
    @Test
    void zeroKeepsDatagramsApartBothWays() {
        VmessRequest request = request(VmessSecurity.NONE, VmessOptions.CHUNK_STREAM, VmessCommand.UDP);
        Side client = new Side(VmessPayloadHandler.ofClient(request, true));
        Side server = new Side(VmessPayloadHandler.ofServer(request));
        List<byte[]> up = List.of(new byte[] {1}, Payload.of(1, 1_400), Payload.of(2, 9_000), new byte[] {2, 3});
        up.forEach(client::send);
        byte[] wire = client.wire();

        assertThat(Arrays.copyOf(wire, 5)).as("chunks in clear").containsExactly(0, 1, 1, 1_400 >> 8, 1_400 & 0xFF);
        assertThat(wire).hasSize(1 + 1_400 + 9_000 + 2 + 4 * 2);
        assertThat(server.receive(wire, 7))
                .usingElementComparator(Arrays::compare)
                .containsExactlyElementsOf(up);

        List<byte[]> down = List.of(Payload.of(3, 512), Payload.of(4, 1), Payload.of(5, 1_472));
        down.forEach(server::send);
        assertThat(client.receive(server.wire(), 1 << 16))
                .usingElementComparator(Arrays::compare)
                .containsExactlyElementsOf(down);
    }

    /** V2Ray 5's clients ask for no chunks with "zero" over UDP: they get what they can read. */
    @Test
    void whoAsksForRawDatagramsIsAnsweredRaw() {
        VmessRequest request = request(VmessSecurity.NONE, 0, VmessCommand.UDP);
        Side server = new Side(VmessPayloadHandler.ofServer(request));
        assertThat(server.receive(Payload.of(1, 100), 100)).containsExactly(Payload.of(1, 100));
        server.send(Payload.of(2, 50));
        byte[] wire = server.wire();
        assertThat(Arrays.copyOfRange(wire, wire.length - 50, wire.length)).isEqualTo(Payload.of(2, 50));
    }

    @ParameterizedTest
    @EnumSource(
            value = VmessSecurity.class,
            names = {"AES_128_GCM", "CHACHA20_POLY1305"})
    void sizesSealedInBothDirections(VmessSecurity security) {
        for (VmessCommand command : new VmessCommand[] {VmessCommand.TCP, VmessCommand.UDP}) {
            VmessRequest request =
                    request(security, security.clientOptions() | VmessOptions.AUTHENTICATED_LENGTH, command);
            Side client = new Side(VmessPayloadHandler.ofClient(request, true));
            Side server = new Side(VmessPayloadHandler.ofServer(request));
            client.send(Payload.of(1, 5_000));
            client.send(Payload.of(2, 3));
            assertThat(joined(server.receive(client.wire(), 1_000)))
                    .isEqualTo(joined(List.of(Payload.of(1, 5_000), Payload.of(2, 3))));
            server.send(Payload.of(3, 6_000));
            server.send(Payload.of(4, 1));
            assertThat(joined(client.receive(server.wire(), 1_000)))
                    .isEqualTo(joined(List.of(Payload.of(3, 6_000), Payload.of(4, 1))));
        }
    }

    @Test
    void aClientEndsByTheEndChunk() {
        VmessRequest request = request(VmessSecurity.AES_128_GCM, 0x0D, VmessCommand.TCP);
        Side client = new Side(VmessPayloadHandler.ofClient(request, true));
        Side server = new Side(VmessPayloadHandler.ofServer(request));
        client.channel.writeOutbound(StreamEnd.OUTPUT);
        byte[] wire = client.wire();

        assertThat(wire).isNotEmpty();
        assertThat(client.events).isEmpty();
        server.receive(wire, wire.length);
        assertThat(server.events).containsExactly(StreamEnd.INPUT);
    }

    /** Without the end chunk the half-close of the connection says it; the answer still comes. */
    @Test
    void aClientWithoutTerminationSignalEndsByItsOutput() {
        VmessRequest request = request(VmessSecurity.AES_128_GCM, 0x0D, VmessCommand.TCP);
        Side client = new Side(VmessPayloadHandler.ofClient(request, false));
        Side server = new Side(VmessPayloadHandler.ofServer(request));
        client.send(Payload.of(1, 10));
        assertThat(joined(server.receive(client.wire(), 100))).isEqualTo(Payload.of(1, 10));
        client.channel.writeOutbound(StreamEnd.OUTPUT);

        assertThat(client.wire()).isEmpty();
        assertThat(client.events).containsExactly("wrote " + StreamEnd.OUTPUT);
        server.channel.pipeline().fireUserEventTriggered(StreamEnd.INPUT);
        assertThat(server.events).containsExactly(StreamEnd.INPUT);
        server.send(Payload.of(2, 20));
        assertThat(joined(client.receive(server.wire(), 100))).isEqualTo(Payload.of(2, 20));
    }

    private static byte[] joined(List<byte[]> parts) {
        ByteBuf all = Unpooled.buffer();
        parts.forEach(all::writeBytes);
        byte[] bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }
}
