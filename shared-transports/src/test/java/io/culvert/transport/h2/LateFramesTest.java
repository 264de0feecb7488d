package io.culvert.transport.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.TransportSettings.Http2;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.LimitRefusals;
import io.culvert.transport.channel.LimitRefusals.Limit;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Kept;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestLoop;
import io.culvert.wire.h2.FrameBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A peer that goes on with a stream that the server has reset, as one does that has not heard of it yet. The budget of frames
 * earns nothing with time, so that no machine is too slow for a flood.
 */
class LateFramesTest {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int HEAD_LENGTH = 9;

    private final TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
    private final List<Channel> streams = new CopyOnWriteArrayList<>();
    private final List<Kept> kept = new CopyOnWriteArrayList<>();
    private final List<Channel> sockets = new CopyOnWriteArrayList<>();
    private Peer peer;

    @BeforeEach
    void connect() throws Exception {
        Http2ServerLayer layer = new Http2ServerLayer(
                new Http2Service(new Http2(List.of("a.test"), "/p", "PUT", Map.of(), false)), false, () -> 0);
        Channel listener = loop.listen(socket -> {
            sockets.add(socket);
            layer.accept(socket, this::accepted);
        });
        peer = Peer.connect((InetSocketAddress) listener.localAddress(), 0);
        peer.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        peer.send(frame(SETTINGS, 0, 0, new byte[0]));
    }

    private void accepted(Channel stream) {
        Kept bytes = new Kept();
        stream.pipeline().addLast(bytes);
        EarlyBytesHandler.openIn(stream);
        kept.add(bytes);
        streams.add(stream);
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        sockets.forEach(Channel::close);
        loop.close();
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        ByteBuf frame = Unpooled.buffer()
                .writeMedium(payload.length)
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(payload);
        return ByteBufUtil.getBytes(frame);
    }

    /** Header fields as HPACK literals that are not indexed. */
    private static byte[] request() {
        ByteBuf block = Unpooled.buffer();
        for (String field : List.of(":method", "PUT", ":scheme", "http", ":authority", "a.test", ":path", "/p")) {
            if (field.startsWith(":")) {
                block.writeByte(0);
            }
            block.writeByte(field.length()).writeBytes(field.getBytes(StandardCharsets.US_ASCII));
        }
        return ByteBufUtil.getBytes(block);
    }

    private void open(int stream) throws IOException {
        int before = streams.size();
        peer.send(frame(HEADERS, END_HEADERS, stream, request()));
        Await.until("stream " + stream, () -> streams.size() > before);
    }

    /** DATA of 100 bytes each, in one go. */
    private static byte[] late(int stream, int frames) {
        byte[] one = frame(DATA, 0, stream, new byte[100]);
        ByteBuf all = Unpooled.buffer(frames * one.length);
        for (int i = 0; i < frames; i++) {
            all.writeBytes(one);
        }
        return ByteBufUtil.getBytes(all);
    }

    /** The frames that come until one ends a stream. */
    private List<Integer> typesUntilEndOf(int stream) throws IOException {
        List<Integer> types = new ArrayList<>();
        while (true) {
            ByteBuf head = Unpooled.wrappedBuffer(peer.read(HEAD_LENGTH));
            int length = head.readUnsignedMedium();
            int type = head.readUnsignedByte();
            int flags = head.readUnsignedByte();
            int of = head.readInt();
            peer.read(length);
            types.add(type);
            if (of == stream && type == DATA && (flags & END_STREAM) != 0) {
                return types;
            }
        }
    }

    @Test
    void what_comes_on_a_stream_that_was_reset_ends_no_other() throws Exception {
        open(1);
        open(3);
        Channels.abort(streams.get(0));
        Await.until("reset", () -> kept.get(0).gone());
        peer.send(late(1, 1_000));
        peer.send(frame(DATA, END_STREAM, 3, "alive".getBytes(StandardCharsets.US_ASCII)));
        Await.until("the other stream's bytes", () -> kept.get(1).ended());
        assertThat(kept.get(1).text()).isEqualTo("alive");
        streams.get(1).close();
        assertThat(typesUntilEndOf(3).stream().filter(type -> type == RST_STREAM))
                .as("one reset, and none for each late frame")
                .hasSize(1);
    }

    @Test
    void nobody_goes_on_for_ever() throws Exception {
        open(1);
        Channels.abort(streams.get(0));
        Await.until("reset", () -> kept.get(0).gone());
        Thread reader = Thread.ofVirtual().start(peer::readToEnd);
        byte[] many = late(1, FrameBudget.BURST);
        long before = LimitRefusals.sum(Limit.HTTP2_FRAMES);
        Await.until("the connection ends", () -> {
            try {
                peer.send(many);
                return false;
            } catch (IOException e) {
                return true;
            }
        });
        reader.join();
        Await.until("closed", () -> sockets.stream().noneMatch(Channel::isOpen));
        assertThat(LimitRefusals.sum(Limit.HTTP2_FRAMES)).isEqualTo(before + 1);
    }

    @Test
    void streams_beyond_the_limit_are_refused_and_counted() throws Exception {
        long before = LimitRefusals.sum(Limit.HTTP2_STREAMS);
        // The limit holds once the peer has taken note of it.
        peer.send(frame(SETTINGS, ACK, 0, new byte[0]));
        for (int i = 0; i <= Http2Limits.MAX_STREAMS; i++) {
            peer.send(frame(HEADERS, END_HEADERS, 2 * i + 1, request()));
        }
        Await.until("counted", () -> LimitRefusals.sum(Limit.HTTP2_STREAMS) > before);
        Await.until("the others are open", () -> streams.size() == Http2Limits.MAX_STREAMS);
    }

    @Test
    void header_fields_beyond_the_limit_are_refused_and_counted() throws Exception {
        int stream = 1;
        for (int bytes : new int[] {Http2Limits.MAX_HEADER_LIST, Http2Limits.MAX_HEADER_LIST * 3 / 2}) {
            long before = LimitRefusals.sum(Limit.HTTP2_HEADERS);
            peer.send(frame(HEADERS, END_HEADERS, stream, requestWith(bytes)));
            stream += 2;
            Await.until("counted", () -> LimitRefusals.sum(Limit.HTTP2_HEADERS) > before);
        }
        assertThat(streams).isEmpty();
    }

    /** The request with one field more, whose value has so many bytes. */
    private static byte[] requestWith(int bytes) {
        ByteBuf block = Unpooled.buffer().writeBytes(request()).writeByte(0).writeByte(1);
        block.writeByte('x');
        // A length of seven bits and more (RFC 7541 section 5.1).
        block.writeByte(0x7f);
        int rest = bytes - 0x7f;
        while (rest >= 0x80) {
            block.writeByte((rest & 0x7f) | 0x80);
            rest >>= 7;
        }
        block.writeByte(rest).writeZero(bytes);
        return ByteBufUtil.getBytes(block);
    }

    @Test
    void what_comes_behind_an_end_is_the_peers_fault() throws Exception {
        open(1);
        peer.send(frame(DATA, END_STREAM, 1, new byte[100]));
        Await.until("ended", () -> kept.get(0).ended());
        streams.get(0).close();
        Await.until("closed", () -> kept.get(0).gone());
        typesUntilEndOf(1);
        peer.send(late(1, 1));
        assertThat(Unpooled.wrappedBuffer(peer.read(HEAD_LENGTH)).getUnsignedByte(3))
                .isEqualTo((short) RST_STREAM);
    }
}
