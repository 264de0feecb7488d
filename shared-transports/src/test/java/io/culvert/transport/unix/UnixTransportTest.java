package io.culvert.transport.unix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.TransportSettings.DomainSocket;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.raw.SessionLoops;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@EnabledOnOs(OS.LINUX)
class UnixTransportTest {
    private static final Address ANY = Address.parse("192.0.2.1");

    @TempDir
    static Path folder;

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(2));

    @BeforeEach
    void theNativeTransportIsThere() {
        assertThat(vertx.isNativeTransportEnabled()).isTrue();
    }

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    static Stream<DomainSocket> addresses() {
        String name = "culvert-" + UUID.randomUUID();
        return Stream.of(
                new DomainSocket(folder.resolve("s").toString(), false, false),
                new DomainSocket(folder.resolve("p") + ",0600", false, false),
                new DomainSocket(name, true, false),
                new DomainSocket(name, true, true),
                new DomainSocket("x".repeat(107 - name.length()) + name, true, true));
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void bytesAndEndsGoBothWays(DomainSocket settings) throws Exception {
        UnixAddress address = UnixAddress.of(settings);
        CompletableFuture<Channel> accepted = new CompletableFuture<>();
        UnixServer server = server(address, accepted::complete);
        server.listen().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        try {
            Channel client = connect(address);
            CompletableFuture<String> answer = transcript(client);
            client.writeAndFlush(Unpooled.copiedBuffer("question", StandardCharsets.US_ASCII));
            client.writeAndFlush(StreamEnd.OUTPUT);
            Channel peer = accepted.get(10, TimeUnit.SECONDS);
            assertThat(ClientAddress.of(peer).getAddress().isLoopbackAddress()).isTrue();
            assertThat(transcript(peer).get(10, TimeUnit.SECONDS)).isEqualTo("question");
            peer.writeAndFlush(Unpooled.copiedBuffer("answer", StandardCharsets.US_ASCII));
            peer.writeAndFlush(StreamEnd.OUTPUT);
            assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo("answer");
        } finally {
            server.shutdown(Duration.ZERO)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aPaddedNameIsAnother() throws Exception {
        String name = "culvert-" + UUID.randomUUID();
        UnixAddress padded = new UnixAddress(name, true, true, null);
        UnixServer server = server(padded, Channel::close);
        UnixServer second = server(padded, Channel::close);
        server.listen().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        try {
            assertThatThrownBy(() -> second.listen()
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get(10, TimeUnit.SECONDS))
                    .hasMessageContaining("in use");
            assertThatThrownBy(() -> connect(new UnixAddress(name, true, false, null)))
                    .cause()
                    .hasMessageContaining("refused");
            connect(padded).close().sync();
        } finally {
            server.shutdown(Duration.ZERO)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
        }
        assertThatThrownBy(() -> connect(padded)).cause().hasMessageContaining("refused");
    }

    @Test
    void noServerIsSaidInOneLine() {
        UnixAddress nowhere =
                UnixAddress.of(new DomainSocket(folder.resolve("nowhere").toString(), false, false));
        assertThatThrownBy(() -> connect(nowhere)).cause().isInstanceOfSatisfying(SessionFailure.class, failure -> {
            assertThat(failure.closeCause()).isEqualTo(CloseCause.DIAL_UNREACHABLE);
            assertThat(failure.getMessage()).contains("No such file").doesNotContain("\n");
        });
    }

    @Test
    void names() {
        assertThat(UnixAddress.of(new DomainSocket("/a,0660", false, false)))
                .isEqualTo(new UnixAddress("/a", false, false, 0660));
        assertThat(UnixAddress.of(new DomainSocket("/a,b", false, false)).name())
                .isEqualTo("/a,b");
        assertThat(UnixAddress.of(new DomainSocket("a,0660", true, true))).hasToString("@@a,0660");
        assertThatThrownBy(() -> new UnixAddress("x".repeat(108), false, false, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new UnixAddress("x", true, true, null).isPadded()).isTrue();
        assertThat(new UnixAddress("/x", false, true, null).isPadded()).isFalse();
        assertThat(new UnixAddress("x", true, false, null).toNetty().path()).isEqualTo("\0x");
    }

    private Channel connect(UnixAddress address) throws Exception {
        EventLoop loop = VertxChannels.loopsOf(vertx).next();
        CompletableFuture<Channel> connected = new CompletableFuture<>();
        loop.execute(() -> VertxChannels.future(new UnixClient(address).open(ANY, 1, loop))
                .onSuccess(connected::complete)
                .onFailure(connected::completeExceptionally));
        return connected.get(10, TimeUnit.SECONDS);
    }

    private UnixServer server(UnixAddress address, Consumer<Channel> accepted) {
        EventLoopGroup all = VertxChannels.loopsOf(vertx);
        return new UnixServer(vertx, new SessionLoops(all, all.next()), address, accepted);
    }

    /** Everything until the end of the input. */
    private static CompletableFuture<String> transcript(Channel channel) {
        CompletableFuture<String> whole = new CompletableFuture<>();
        StringBuilder text = new StringBuilder();
        channel.eventLoop().execute(() -> {
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ByteBuf bytes = (ByteBuf) message;
                    text.append(bytes.toString(StandardCharsets.US_ASCII));
                    bytes.release();
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    if (event == StreamEnd.INPUT) {
                        whole.complete(text.toString());
                    }
                }
            });
            EarlyBytesHandler.openIn(channel);
            channel.config().setAutoRead(true);
        });
        return whole;
    }
}
