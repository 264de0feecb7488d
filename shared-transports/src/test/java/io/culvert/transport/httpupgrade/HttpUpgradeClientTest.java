package io.culvert.transport.httpupgrade;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.TransportSettings.HttpUpgrade;
import io.culvert.config.TransportSettings.WebSocket;
import io.culvert.model.Address;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.ws.WsClient;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpUpgradeClientTest {
    private static final String GRANTED =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    private final EmbeddedChannel socket = new EmbeddedChannel();

    HttpUpgradeClientTest() {
        socket.pipeline().addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
    }

    @AfterEach
    void close() {
        socket.finishAndReleaseAll();
    }

    private Future<Channel> open(HttpUpgrade settings) {
        return open(HttpUpgradeClient.over((server, port, loop) -> loop.newSucceededFuture(socket), false, settings));
    }

    private Future<Channel> open(ClientTransport client) {
        Future<Channel> opened = client.open(Address.parse("a.test"), 80, socket.eventLoop());
        socket.runPendingTasks();
        return opened;
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private String nextWrite() {
        ByteBuf written = socket.readOutbound();
        if (written == null) {
            return "";
        }
        String text = written.toString(StandardCharsets.US_ASCII);
        written.release();
        return text;
    }

    /** Xray's server loses what it reads together with the request. */
    @Test
    void theRequestThatIsNotWaitedForLeavesAlone() {
        Future<Channel> opened = open(new HttpUpgrade("/p", "", Map.of(), 2_048, "", true));
        assertThat(opened.isSuccess()).isTrue();
        assertThat(nextWrite()).startsWith("GET /p HTTP/1.1\r\n").endsWith("\r\n\r\n");
        socket.writeAndFlush(text("hello"));
        assertThat(nextWrite()).isEqualTo("hello");
        socket.writeInbound(text(GRANTED + "answer"));
        EarlyBytesHandler.openIn(socket);
        ByteBuf answer = socket.readInbound();
        assertThat(answer.toString(StandardCharsets.US_ASCII)).isEqualTo("answer");
        answer.release();
    }

    /** From then on a WebSocket may ping. */
    @Test
    void theHandlersAboveAreToldWhenTheServerHasAgreed() {
        List<Object> told = new ArrayList<>();
        socket.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                told.add(event);
            }
        });
        open(new HttpUpgrade("/p", "", Map.of(), 0, "", true));
        assertThat(nextWrite()).startsWith("GET /p HTTP/1.1\r\n");
        assertThat(told).isEmpty();
        socket.writeInbound(text(GRANTED));
        assertThat(told).containsExactly(UpgradeClientHandler.Event.UPGRADED);
    }

    @Test
    void earlyDataInAHeaderIsPadded() {
        open(new HttpUpgrade("/p", "", Map.of(), 2_048, "X-Early", true));
        assertThat(nextWrite()).isEmpty();
        socket.writeAndFlush(text("????"));
        assertThat(nextWrite()).contains("\r\nX-Early: Pz8_Pw==\r\n");
    }

    @Test
    void thatOfWebSocketIsNot() {
        WebSocket settings = new WebSocket("/p", Map.of(), 2_048, "Sec-WebSocket-Protocol", true);
        open(WsClient.over((server, port, loop) -> loop.newSucceededFuture(socket), false, settings));
        socket.writeAndFlush(text("????"));
        assertThat(nextWrite()).contains("\r\nSec-WebSocket-Protocol: Pz8_Pw\r\n");
    }
}
