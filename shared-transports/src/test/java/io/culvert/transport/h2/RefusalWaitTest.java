package io.culvert.transport.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2PingFrame;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server that says nothing when it accepts a stream, by a clock that the test moves. */
class RefusalWaitTest {
    private final EmbeddedChannel connection = new EmbeddedChannel();
    private final RefusalWait refusals = new RefusalWait();
    private final AtomicInteger gone = new AtomicInteger();

    @BeforeEach
    void freeze() {
        connection.freezeTime();
    }

    private void pass(long millis) {
        connection.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        connection.runScheduledPendingTasks();
    }

    private void begin() {
        refusals.begin(connection, gone::incrementAndGet);
    }

    @Test
    void theStreamsGoOnAfterOneRoundTrip() {
        begin();
        begin();
        Http2PingFrame ping = connection.readOutbound();
        assertThat(ping.ack()).isFalse();
        assertThat(connection.<Http2PingFrame>readOutbound()).as("one for both").isNull();
        pass(1_000);
        assertThat(gone).hasValue(0);
        refusals.answered(connection, ping.content() + 1);
        pass(100);
        assertThat(gone).as("another ping's answer").hasValue(0);
        refusals.answered(connection, ping.content());
        assertThat(gone).hasValue(0);
        pass(5_000);
        assertThat(gone).hasValue(2);
        begin();
        pass(5_000);
        assertThat(gone).as("a later one, without another PING").hasValue(3);
        assertThat(connection.<Http2PingFrame>readOutbound()).isNull();
    }

    @Test
    void aServerThatDoesNotAnswerPingIsNotWaitedFor() {
        begin();
        pass(RefusalWait.MOST_MILLIS);
        pass(5_000);
        assertThat(gone).hasValue(1);
    }

    @Test
    void whoHasAcceptedAStreamIsTrustedUntilItRefusesOne() {
        assertThat(refusals.hasAccepted()).isFalse();
        refusals.accepted();
        assertThat(refusals.hasAccepted()).isTrue();
        refusals.refused();
        assertThat(refusals.hasAccepted()).isFalse();
    }
}
