package io.culvert.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.KnownRouters;
import io.culvert.bus.RouterClient;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.ingress.session.SessionLog;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IngressTest {
    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger others = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    private Ingress node(long seed) {
        return new Ingress(
                "n1",
                new RouterClient(vertx, "n1", KnownRouters.of("n1"), new Random(seed)),
                of -> {
                    throw new IllegalStateException("asked for the egress of " + of);
                },
                false,
                SessionLog.NONE,
                IngressLimits.of(20_000, 512L << 20),
                SeenMemory.none(),
                others::get,
                new Random(seed));
    }

    @Test
    void descriptorsAreKeptForTheConnectionsToOtherNodes() {
        Ingress node = node(1);
        assertThat(node.mostSessions()).isEqualTo((20_000 - 500) / 2);
        others.set(150);
        assertThat(node.mostSessions()).isEqualTo((20_000 - 500 - 4 * 150) / 2);
        others.set(100_000);
        assertThat(node.mostSessions()).isEqualTo(64);
        assertThat(new IngressLimits(2, 1, 1).sessionsBeside(1_000)).isEqualTo(2);
    }

    /** Whoever measures how long a handshake is held learns neither that it is a Culvert nor what is configured. */
    @Test
    void handshakesAreHeldAlikeOnANodeAndNotOnAllNodes() {
        Set<Long> seen = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            Ingress node = node(seed);
            long held = node.halfOpenMillis(60_000);
            assertThat(held).isBetween(60_000L, 66_000L);
            assertThat(node.halfOpenMillis(60_000)).isEqualTo(held);
            assertThat(node.halfOpenMillis(4_000) * 15).isBetween(held - 15, held);
            seen.add(held);
        }
        assertThat(seen).hasSizeGreaterThan(10);
    }
}
