package io.culvert.transport.raw;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Vert.x's own servers, as those of the admin API and of the event bus. */
class VertxListenersTest {
    private static final int WAITING = 40;
    private static final int SECONDS = 30;

    private final Turns turns = new Turns();
    private final Vertx vertx = Vertx.builder()
            .withTransport(new VertxListeners(server -> server.handler(turns)))
            .build();
    private final List<Socket> clients = new ArrayList<>();

    /** Counts what a listening socket accepts in each turn of its loop; the first turn lasts until the clients are there. */
    @ChannelHandler.Sharable
    private static final class Turns extends ChannelInboundHandlerAdapter {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch allAreThere = new CountDownLatch(1);
        private final BlockingQueue<Integer> accepted = new LinkedBlockingQueue<>();
        private int now;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object connection) throws InterruptedException {
            now++;
            begun.countDown();
            assertThat(allAreThere.await(SECONDS, TimeUnit.SECONDS)).isTrue();
            ctx.fireChannelRead(connection);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            accepted.add(now);
            now = 0;
            ctx.fireChannelReadComplete();
        }
    }

    @AfterEach
    void close() throws Exception {
        turns.allAreThere.countDown();
        for (Socket client : clients) {
            client.close();
        }
        vertx.close().await(SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void who_waits_is_accepted_in_one_turn() throws Exception {
        int port = vertx.createHttpServer()
                .requestHandler(request -> request.response().end())
                .listen(0, "127.0.0.1")
                .await(SECONDS, TimeUnit.SECONDS)
                .actualPort();
        connect(port);
        assertThat(turns.begun.await(SECONDS, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < WAITING; i++) {
            connect(port);
        }
        turns.allAreThere.countDown();
        assertThat(turns.accepted.poll(SECONDS, TimeUnit.SECONDS)).isEqualTo(1 + WAITING);
    }

    private void connect(int port) throws IOException {
        clients.add(new Socket(InetAddress.ofLiteral("127.0.0.1"), port));
    }
}
