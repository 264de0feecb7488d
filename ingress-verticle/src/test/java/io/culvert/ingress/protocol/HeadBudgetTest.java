package io.culvert.ingress.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What heads that are still coming may take together. */
final class HeadBudgetTest {
    private final HeadBudget budget = new HeadBudget();

    @Test
    void smallHeadsTakeNothingAndAreNeverRefused() {
        HeadBudget.Share greedy = budget.share();
        assertThat(greedy.hold((int) HeadBudget.MOST_BYTES + HeadBudget.FREE_BYTES))
                .isTrue();
        assertThat(budget.held()).isEqualTo(HeadBudget.MOST_BYTES);
        assertThat(budget.share().hold(HeadBudget.FREE_BYTES)).isTrue();
        assertThat(budget.share().hold(HeadBudget.FREE_BYTES + 1)).isFalse();
        assertThat(budget.refused()).isEqualTo(1);
    }

    @Test
    void whatGrowsIsCountedOnceAndGivenBack() {
        HeadBudget.Share share = budget.share();
        for (int bytes = 0; bytes <= 20_000; bytes += 1_000) {
            assertThat(share.hold(bytes)).isTrue();
        }
        assertThat(budget.held()).isEqualTo(20_000 - HeadBudget.FREE_BYTES);
        share.release();
        share.release();
        assertThat(budget.held()).isZero();
    }
}
