package io.culvert.egress.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.egress.TestOrders;
import io.culvert.egress.dial.Retry;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which server a session's tries go to, by a clock that the test moves. */
class ServersTest {
    private static final DialOrder ORDER = TestOrders.order("out", Destination.tcp(Address.parse("example.org"), 443));

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final EventLoop loop = channel.eventLoop();
    private final List<String> asked = new ArrayList<>();

    @BeforeEach
    void freeze() {
        channel.freezeTime();
    }

    private static Servers<String> servers(String... names) {
        return new Servers<>(List.of(names), name -> name);
    }

    /** Servers whose names begin with "good" take the session. */
    private Future<Channel> open(Servers<String> servers, SessionFailure fault) {
        Future<Channel> opened = servers.open(ORDER, loop, Retry.STEP_MILLIS, server -> {
            asked.add(server);
            return server.startsWith("good") ? loop.newSucceededFuture(channel) : loop.newFailedFuture(fault);
        });
        for (int i = 0; i < 2_000 && !opened.isDone(); i++) {
            channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
        }
        return opened;
    }

    @Test
    void serversTakeTurns() {
        Servers<String> servers = servers("good-1", "good-2", "good-3");
        for (int i = 0; i < 4; i++) {
            open(servers, new SessionFailure(CloseCause.DIAL_REFUSED, ""));
        }
        assertThat(asked).containsExactly("good-1", "good-2", "good-3", "good-1");
    }

    @ParameterizedTest
    @EnumSource
    void afterAnyFailureTheNextOneIsAsked(CloseCause cause) {
        Servers<String> servers = servers("bad", "good");
        for (int i = 0; i < 100; i++) {
            assertThat(open(servers, new SessionFailure(cause, "why")).getNow()).isSameAs(channel);
        }
        assertThat(Channels.serverOf(channel)).isEqualTo("good");
    }

    /** Sessions in between take turns of their own. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void everySessionWalksByItself(int others) {
        Servers<String> servers = servers("bad", "good");
        for (int i = 0; i < 10; i++) {
            Future<Channel> opened = servers.open(ORDER, loop, Retry.STEP_MILLIS, server -> {
                for (int other = 0; other < others; other++) {
                    servers.open(ORDER, loop, Retry.STEP_MILLIS, _ -> loop.newSucceededFuture(channel));
                }
                asked.add(server);
                return server.equals("good")
                        ? loop.newSucceededFuture(channel)
                        : loop.newFailedFuture(new SessionFailure(CloseCause.NAME_NOT_FOUND, ""));
            });
            for (int j = 0; j < 10 && !opened.isDone(); j++) {
                channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
                channel.runScheduledPendingTasks();
            }
            assertThat(opened.isSuccess()).isTrue();
        }
        assertThat(asked.size()).isLessThanOrEqualTo(20);
    }

    @Test
    void onlyWhoHasRefusedIsNotAskedTwice() {
        open(servers("one", "two"), SessionFailure.refusal(CloseCause.UPSTREAM_HANDSHAKE_FAILED, "no"));
        assertThat(asked).containsExactly("one", "two");
        asked.clear();
        open(servers("one", "two"), new SessionFailure(CloseCause.UPSTREAM_HANDSHAKE_FAILED, "down"));
        assertThat(asked).containsExactly("one", "two", "one", "two", "one");
        asked.clear();
        open(servers("one"), new SessionFailure(CloseCause.ADDRESS_FORBIDDEN, "ours"));
        assertThat(asked).containsExactly("one");
    }

    @Test
    void everyServersFaultIsSaid() {
        assertThat(open(servers("a:1", "b:2"), SessionFailure.refusal(CloseCause.UPSTREAM_HANDSHAKE_FAILED, "no"))
                        .cause())
                .hasMessage("failed to find an available destination: a:1: no; b:2: no")
                .isInstanceOfSatisfying(
                        SessionFailure.class,
                        failure -> assertThat(failure.closeCause()).isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED));
    }

    @Test
    void aFaultOfOurOwnEndsTheSearch() {
        Future<Channel> opened = servers("a", "b").open(ORDER, loop, Retry.STEP_MILLIS, server -> {
            asked.add(server);
            return loop.newFailedFuture(new IllegalStateException("a fault"));
        });
        assertThat(opened.cause()).isInstanceOf(IllegalStateException.class);
        assertThat(asked).containsExactly("a");
    }

    @Test
    void names() {
        assertThat(Servers.name(Address.parse("proxy.example.org"), 443)).isEqualTo("proxy.example.org:443");
        assertThat(Servers.name(Address.parse("2001:db8::1"), 443))
                .startsWith("[2001:db8:")
                .endsWith("]:443");
    }
}
