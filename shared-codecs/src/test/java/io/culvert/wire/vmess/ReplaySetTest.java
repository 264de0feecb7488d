package io.culvert.wire.vmess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.wire.ExpiringSet;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ReplaySetTest {
    private static final long NOW = 1_700_000_000L;

    @Test
    void refusesNoHonestIdAndEveryReplay() {
        SplittableRandom random = new SplittableRandom(1);
        ReplaySet replays = new ReplaySet(1 << 21);
        List<AuthId> ids = new ArrayList<>();
        for (int i = 0; i < 200_000; i++) {
            AuthId id = new AuthId(random.nextLong(), random.nextLong(), NOW + random.nextInt(-120, 121));
            ids.add(id);
            assertThat(replays.claim(id, NOW)).isEqualTo(ReplaySet.Verdict.FIRST);
        }
        assertThat(replays.size()).isEqualTo(200_000);
        for (long later : new long[] {0, 1, 119, 180, 239}) {
            for (AuthId id : ids) {
                if (AuthId.timely(id.time(), NOW + later)) {
                    assertThat(replays.contains(id)).isTrue();
                    assertThat(replays.claim(id, NOW + later)).isEqualTo(ReplaySet.Verdict.REPLAYED);
                }
            }
        }
    }

    @Test
    void forgetsWhatItsOwnTimeRefuses() {
        ReplaySet replays = new ReplaySet(1000);
        for (int second = 0; second < 2000; second++) {
            for (int i = 0; i < 3; i++) {
                AuthId id = new AuthId(second, i, NOW + second);
                assertThat(replays.claim(id, NOW + second)).isEqualTo(ReplaySet.Verdict.FIRST);
            }
        }
        assertThat(replays.size()).isLessThanOrEqualTo(3 * (121 + ExpiringSet.BUCKET_SECONDS));
    }

    @Test
    void allZeroIsAnIdLikeAnother() {
        ReplaySet replays = new ReplaySet(1 << 21);
        AuthId zero = new AuthId(0, 0, NOW);
        assertThat(replays.contains(zero)).isFalse();
        assertThat(replays.claim(zero, NOW)).isEqualTo(ReplaySet.Verdict.FIRST);
        assertThat(replays.claim(zero, NOW)).isEqualTo(ReplaySet.Verdict.REPLAYED);
    }

    @Test
    void atItsLimitItRefusesNewIdsAndStillKnowsTheOld() {
        ReplaySet replays = new ReplaySet(2);
        AuthId first = new AuthId(1, 1, NOW);
        replays.claim(first, NOW);
        replays.claim(new AuthId(2, 2, NOW), NOW);

        assertThat(replays.claim(new AuthId(3, 3, NOW), NOW)).isEqualTo(ReplaySet.Verdict.FULL);
        assertThat(replays.claim(first, NOW)).isEqualTo(ReplaySet.Verdict.REPLAYED);
        assertThat(replays.claim(new AuthId(3, 3, NOW + 200), NOW + 200)).isEqualTo(ReplaySet.Verdict.FIRST);
        assertThatThrownBy(() -> new ReplaySet(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aClockThatStepsBackLosesNothing() {
        ReplaySet replays = new ReplaySet(1 << 21);
        AuthId ahead = new AuthId(1, 1, NOW);
        replays.claim(ahead, NOW);
        replays.claim(new AuthId(2, 2, NOW - 3600), NOW - 3600);

        assertThat(replays.claim(ahead, NOW)).isEqualTo(ReplaySet.Verdict.REPLAYED);
    }

    @Test
    void ofManyThreadsExactlyOneIsFirst() throws Exception {
        ReplaySet replays = new ReplaySet(1 << 21);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Callable<Integer> claims = () -> {
                int firsts = 0;
                for (int i = 0; i < 20_000; i++) {
                    if (replays.claim(new AuthId(i, ~i, NOW + i % 100), NOW) == ReplaySet.Verdict.FIRST) {
                        firsts++;
                    }
                }
                return firsts;
            };
            int firsts = 0;
            for (Future<Integer> each : threads.invokeAll(List.of(claims, claims, claims, claims))) {
                firsts += each.get();
            }
            assertThat(firsts).isEqualTo(20_000);
        }
    }
}
