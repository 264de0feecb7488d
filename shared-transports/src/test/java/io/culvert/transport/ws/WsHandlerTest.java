package io.culvert.transport.ws;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.TransportSettings;
import io.culvert.model.CloseCause;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.httpupgrade.UpgradeClientHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WsHandlerTest {
    private static final long TAG = 0x0102030405060708L;
    private static final String MARK = "0102030405060708";

    /** Keeps what is said about a stream, and its bytes. */
    @Sharable
    private static final class Above extends ChannelInboundHandlerAdapter {
        final List<Object> events = new ArrayList<>();
        final StringBuilder bytes = new StringBuilder();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf read = (ByteBuf) message;
            bytes.append(ByteBufUtil.hexDump(read));
            read.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            events.add(event);
        }
    }

    private final Above above = new Above();

    private EmbeddedChannel server() {
        return new EmbeddedChannel(new WsHandler(true, TAG, 0), above);
    }

    private static ByteBuf hex(String text) {
        return Unpooled.directBuffer().writeBytes(HexFormat.of().parseHex(text.replace(" ", "")));
    }

    private static String written(EmbeddedChannel channel) {
        StringBuilder written = new StringBuilder();
        for (Object next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            if (next instanceof ByteBuf bytes) {
                written.append(ByteBufUtil.hexDump(bytes));
                bytes.release();
            } else {
                written.append(next);
            }
        }
        return written.toString();
    }

    @Test
    void an_end_of_output_alone_is_a_mark_and_no_close_frame() {
        EmbeddedChannel channel = server();
        channel.writeOutbound(StreamEnd.OUTPUT);
        assertThat(written(channel)).isEqualTo("8a08" + MARK);
        channel.writeInbound(hex("82 81 00000000 61"));
        assertThat(above.bytes.toString()).as("the other direction goes on").isEqualTo("61");
        channel.writeInbound(hex("8a 88 00000000" + MARK));
        assertThat(above.events).containsExactly(StreamEnd.INPUT);
        assertThat(written(channel)).as("now both have ended").isEqualTo("880203e8OUTPUT");
        channel.close();
        assertThat(written(channel)).isEmpty();
    }

    @Test
    void after_a_close_frame_what_is_still_to_be_said_is_sent() {
        EmbeddedChannel channel = server();
        channel.writeInbound(hex("88 82 00000000 03e8"));
        assertThat(above.events).containsExactly(StreamEnd.INPUT);
        channel.writeOutbound(hex("61"));
        channel.writeOutbound(StreamEnd.OUTPUT);
        assertThat(written(channel)).isEqualTo("820161" + "880203e8OUTPUT");
        channel.finishAndReleaseAll();
    }

    @Test
    void a_pong_of_anybody_else_ends_nothing() {
        EmbeddedChannel channel = server();
        channel.writeInbound(hex("8a 80 00000000"), hex("8a 82 00000000 0102"));
        assertThat(above.events).isEmpty();
        channel.finishAndReleaseAll();
    }

    @Test
    void a_fin_between_frames_ends_the_input_and_one_inside_a_frame_is_a_failure() {
        EmbeddedChannel whole = server();
        whole.pipeline().fireUserEventTriggered(StreamEnd.INPUT);
        EmbeddedChannel cut = server();
        cut.writeInbound(hex("82 82 00000000 61"));
        cut.pipeline().fireUserEventTriggered(StreamEnd.INPUT);
        assertThat(above.events).containsExactly(StreamEnd.INPUT, CloseCause.TRUNCATED);
        whole.finishAndReleaseAll();
        cut.finishAndReleaseAll();
    }

    @Test
    void a_fault_before_the_relay_stands_closes_the_connection() {
        EmbeddedChannel channel = server();
        channel.writeInbound(hex("82 01 61"));
        assertThat(above.events).containsExactly(CloseCause.MALFORMED);
        assertThat(written(channel)).isEqualTo("880203ea");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void a_close_says_so_once() {
        EmbeddedChannel channel = server();
        channel.close();
        assertThat(written(channel)).isEqualTo("880203e8");
    }

    @Test
    void pings_are_answered_within_their_budget() {
        EmbeddedChannel channel = server();
        ByteBuf pings = Unpooled.directBuffer();
        for (int i = 0; i < 1_000; i++) {
            pings.writeBytes(HexFormat.of().parseHex("89820000000061" + "62"));
        }
        channel.writeInbound(pings);
        // A second may have gone by in between, hardly more.
        assertThat(written(channel).length() / "8a026162".length())
                .isBetween(WsHandler.PINGS_A_SECOND, 3 * WsHandler.PINGS_A_SECOND);
        channel.finishAndReleaseAll();
    }

    @Test
    void a_server_pings_at_its_times_until_the_connection_closes() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.pipeline().addLast(new WsHandler(true, TAG, 30), above);
        pass(channel, 29);
        assertThat(written(channel)).isEmpty();
        pass(channel, 1);
        assertThat(written(channel)).isEqualTo("8900");
        channel.writeInbound(hex("8a 80 00000000"));
        assertThat(above.events).as("the pong is nobody else's").isEmpty();
        pass(channel, 60);
        assertThat(written(channel)).isEqualTo("89008900");
        channel.close();
        written(channel);
        pass(channel, 60);
        assertThat(written(channel)).isEmpty();
    }

    @Test
    void a_client_pings_from_the_end_of_its_handshake_on() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.pipeline().addLast(new WsHandler(false, TAG, 1), above);
        pass(channel, 10);
        assertThat(written(channel)).isEmpty();
        channel.pipeline().fireUserEventTriggered(UpgradeClientHandler.Event.UPGRADED);
        pass(channel, 1);
        assertThat(written(channel)).hasSize("898000000000".length()).startsWith("8980");
        assertThat(above.events).isEmpty();
        channel.finishAndReleaseAll();
    }

    private static void pass(EmbeddedChannel channel, int seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runPendingTasks();
    }

    @Test
    void long_and_shared_buffers_arrive_as_they_were() {
        byte[] payload = new byte[200_000];
        new Random(3).nextBytes(payload);
        ByteBuf shared = Unpooled.wrappedBuffer(payload.clone());
        EmbeddedChannel client = new EmbeddedChannel(new WsHandler(false, TAG, 0));
        EmbeddedChannel server = server();
        client.writeOutbound(shared.retain().asReadOnly());
        for (Object next = client.readOutbound(); next != null; next = client.readOutbound()) {
            server.writeInbound(next);
        }
        assertThat(above.bytes.toString()).isEqualTo(HexFormat.of().formatHex(payload));
        assertThat(shared).as("masking leaves others' buffers alone").isEqualTo(Unpooled.wrappedBuffer(payload));
        shared.release();
        client.finishAndReleaseAll();
        server.finishAndReleaseAll();
    }

    @Test
    void a_server_reads_early_data_first_and_believes_who_the_client_is() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.pipeline().addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
        List<Channel> streams = new ArrayList<>();
        new WsServer(new TransportSettings.WebSocket("/p", Map.of(), 0, "", true)).accept(channel, stream -> {
            streams.add(stream);
            stream.pipeline().addBefore(EarlyBytesHandler.NAME, "above", above);
        });
        String missed = "GET /other HTTP/1.1\r\nHost: a\r\n\r\n";
        String request = """
                GET /p HTTP/1.1\r
                Host: a\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                X-Forwarded-For: 192.0.2.7, 10.0.0.1\r
                Sec-WebSocket-Protocol: YWI\r
                \r
                """;
        ByteBuf in = Unpooled.directBuffer();
        in.writeCharSequence(missed + request, StandardCharsets.US_ASCII);
        in.writeBytes(HexFormat.of().parseHex("82810000000063"));
        channel.writeInbound(in);
        assertThat(streams).containsExactly(channel);
        assertThat(above.bytes.toString()).isEqualTo("616263");
        assertThat(ClientAddress.of(channel).getAddress().getHostAddress()).isEqualTo("192.0.2.7");
        String answers = new String(HexFormat.of().parseHex(written(channel)), StandardCharsets.US_ASCII);
        assertThat(answers)
                .startsWith("HTTP/1.1 404 Not Found\r\n")
                .contains("HTTP/1.1 101 Switching Protocols\r\n", "Sec-WebSocket-Protocol: YWI\r\n");
        channel.finishAndReleaseAll();
    }
}
