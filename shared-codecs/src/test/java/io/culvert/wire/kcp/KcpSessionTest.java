package io.culvert.wire.kcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.testkit.LeakExtension;
import io.culvert.wire.kcp.SimulatedLink.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two sessions over a simulated link. */
@ExtendWith(LeakExtension.class)
class KcpSessionTest {
    private static final int MIB = 1 << 20;
    static final KcpParameters DEFAULTS =
            KcpParameters.of(1_350, 50, 0, KcpProtection.CHECKSUM, 5 * MIB, 20 * MIB, 2 * MIB, 2 * MIB, false);

    private SimulatedLink link = new SimulatedLink(Path.of(0, 1), DEFAULTS, 0, true, 1);

    @AfterEach
    void release() {
        link.release();
    }

    private void link(Path path, KcpParameters parameters, int firstNumber) {
        link.release();
        link = new SimulatedLink(path, parameters, firstNumber, true, 42);
    }

    /** By section 16.6 the reference moves at best a window of 776 segments in each timeout of 100 ms: 10 MB/s. */
    @ParameterizedTest
    @CsvSource({"0, 500", "0.01, 600", "0.05, 700", "0.20, 900"})
    void movesEightMebibytesOnALossyLink(double loss, long millis) {
        link(Path.of(loss, 10), DEFAULTS, 0);
        link.client.toWrite = 8L * MIB;
        boolean done = link.until(() -> link.server.received == 8L * MIB, 60_000);
        assertThat(done).isTrue();
        assertThat(link.server.intact).isTrue();
        assertThat(link.now).isLessThan(millis);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 150})
    void movesBothWaysAtOnceWithReorderingAndRepetition(int delay) {
        link(new Path(0.03, delay, 10, 0.05, 1_000), DEFAULTS, 0);
        link.client.toWrite = 2L * MIB;
        link.server.toWrite = 2L * MIB;
        boolean done = link.until(() -> link.server.received == 2L * MIB && link.client.received == 2L * MIB, 60_000);
        assertThat(done).isTrue();
        assertThat(link.server.intact && link.client.intact).isTrue();
    }

    /** 2 packets a millisecond are 21 Mbit/s: less than what the operator states, and still most of what is sent arrives. */
    @Test
    void findsThePaceOfANarrowLinkWithCongestionControl() {
        KcpParameters careful =
                KcpParameters.of(1_350, 50, 0, KcpProtection.CHECKSUM, 5 * MIB, 20 * MIB, 2 * MIB, 2 * MIB, true);
        link(new Path(0, 20, 0, 0, 2), careful, 0);
        link.client.toWrite = 5L * MIB;
        assertThat(link.until(() -> link.server.received == 5L * MIB, 60_000)).isTrue();
        assertThat(link.now).isLessThan(3_500);
        assertThat(link.client.packetsSent).isLessThan(5 * MIB * 3 / 2 / DEFAULTS.payload());
    }

    @ParameterizedTest
    @ValueSource(ints = {-100, Integer.MAX_VALUE - 100})
    void numbersWrap(int first) {
        link(new Path(0.05, 5, 5, 0.01, 1_000), DEFAULTS, first);
        link.client.toWrite = 2L * MIB;
        link.server.toWrite = 2L * MIB;
        assertThat(link.until(() -> link.server.received == 2L * MIB && link.client.received == 2L * MIB, 30_000))
                .isTrue();
        assertThat(link.server.intact && link.client.intact).isTrue();
    }

    @Test
    void aSlowReaderStopsTheSender() {
        link.server.reads = false;
        link.client.toWrite = 20L * MIB;
        link.until(() -> false, 10_000);
        long kept = link.client.written;
        assertThat(kept).isLessThan(5L * MIB);
        assertThat(link.client.session.isWritable()).isFalse();
        assertThat(link.server.session.state()).isEqualTo(KcpState.ACTIVE);

        int packets = link.client.packetsSent;
        link.until(() -> false, 11_000);
        assertThat(link.client.packetsSent - packets)
                .as("asked while the window is closed")
                .isLessThan(50);
        link.server.reads = true;
        assertThat(link.until(() -> link.server.received == 20L * MIB, 60_000)).isTrue();
        assertThat(link.server.intact).isTrue();
    }

    @Test
    void aSmallWindowIsKept() {
        KcpParameters small = KcpParameters.of(576, 10, 0, KcpProtection.CHECKSUM, 0, 0, 1, 1, false);
        link(Path.of(0.02, 5), small, 0);
        link.client.toWrite = 200_000;
        assertThat(link.until(() -> link.server.received == 200_000, 60_000)).isTrue();
        assertThat(link.server.intact).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closingDeliversEverythingWrittenBefore(boolean clientCloses) {
        link(new Path(0.2, 20, 0, 0, 1_000), DEFAULTS, 0);
        link.client.toWrite = 1_000;
        assertThat(link.until(() -> link.server.received == 1_000, 5_000)).isTrue();
        SimulatedLink.Endpoint closer = clientCloses ? link.client : link.server;
        SimulatedLink.Endpoint other = clientCloses ? link.server : link.client;
        closer.toWrite = 300_000;
        closer.closeWhenWritten = true;
        long before = other.received;
        assertThat(link.until(() -> other.ended, 20_000)).isTrue();
        assertThat(other.received - before).isEqualTo(300_000);
        assertThat(other.intact).isTrue();
        assertThat(other.session.endedByPeer()).isTrue();
        other.session.close(link.now);
        assertThat(link.until(() -> closer.session.isTerminated() && other.session.isTerminated(), link.now + 9_000))
                .isTrue();
    }

    @Test
    void closingAnIdleSessionShowsAtOnce() {
        link.client.toWrite = 10;
        link.until(() -> false, 1_000);
        link.client.session.close(link.now);
        assertThat(link.until(() -> link.server.ended, 1_020)).isTrue();
        link.server.session.close(link.now);
        assertThat(link.until(() -> link.client.session.isTerminated() && link.server.session.isTerminated(), 1_040))
                .isTrue();
    }

    @Test
    void aPeerThatFallsSilentIsGivenUp() {
        link.client.toWrite = 10;
        link.until(() -> false, 1_000);
        link.change(Path.of(1, 1));
        assertThat(link.until(() -> link.client.session.inputEnded(), 29_000)).isFalse();
        assertThat(link.until(() -> link.client.session.inputEnded(), 36_000)).isTrue();
        assertThat(link.client.session.endedByPeer()).isFalse();
        assertThat(link.until(() -> link.client.session.isTerminated(), 45_000)).isTrue();
    }

    @Test
    void anIdleSessionLivesOnPings() {
        link.client.toWrite = 10;
        link.until(() -> false, 1_000);
        int packets = link.client.packetsSent;
        link.until(() -> false, 121_000);
        assertThat(link.client.session.state()).isEqualTo(KcpState.ACTIVE);
        assertThat(link.client.packetsSent - packets).isLessThan(40);
    }

    /** Reliability 2c.19. */
    @Test
    void whoIsNotKnownIsSentNoMoreThanCameFromThere() {
        link.release();
        link = new SimulatedLink(Path.of(0, 10), DEFAULTS, 0, false, 3);
        link.client.toWrite = 100;
        link.server.toWrite = MIB;
        assertThat(link.until(() -> link.server.received == 100, 1_000)).isTrue();
        for (int i = 0; i < 5; i++) {
            link.until(() -> false, link.now + 1);
            assertThat(link.server.session.isConfirmed()).isFalse();
            assertThat(link.server.bytesSent).isLessThanOrEqualTo(link.server.bytesArrived);
        }
        // The answer to what little it was sent shows where the client is.
        assertThat(link.until(() -> link.client.received == MIB, 5_000)).isTrue();
        assertThat(link.server.session.isConfirmed()).isTrue();
    }

    @Test
    void halfOpenSessionsKeepLittle() {
        link.release();
        link = new SimulatedLink(Path.of(0, 10), DEFAULTS, 0, false, 3);
        link.server.reads = false;
        link.client.toWrite = MIB;
        link.until(() -> false, 2_000);
        link.server.reads = true;
        link.server.turn();
        assertThat(link.server.received).isLessThanOrEqualTo((long) KcpSession.HALF_OPEN_SEGMENTS * DEFAULTS.payload());
        link.server.session.confirm();
        assertThat(link.until(() -> link.server.received == MIB, 10_000)).isTrue();
    }
}
