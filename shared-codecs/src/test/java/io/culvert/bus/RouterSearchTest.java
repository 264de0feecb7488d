package io.culvert.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.culvert.model.RouteDecision;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouterSearchTest {
    private static final String OWN = "edge";
    private static final RouterSearch FRESH = RouterSearch.begin(3_600_000);

    @Test
    void asksEachRouterOnceWhileThereAreOthers() {
        RouterSearch search = FRESH.unanswered("a", "no answer").unanswered("b", "no answer");
        assertThat(search.candidates(List.of("a", "b", "c", "d"), OWN)).containsExactly("c", "d");
    }

    @Test
    void aQuestionToAnotherNodeMayHaveBeenLost() {
        assertThat(FRESH.unanswered("a", "no answer").candidates(List.of("a"), OWN))
                .containsExactly("a");
        assertThat(FRESH.unanswered("a", "no answer")
                        .unanswered("b", "no answer")
                        .candidates(List.of("a", "b"), OWN))
                .containsExactly("a");
    }

    @Test
    void aQuestionToTheOwnNodeCannotGetLost() {
        assertThat(FRESH.unanswered(OWN, "no answer").candidates(List.of(OWN), OWN))
                .isEmpty();
        assertThat(FRESH.unanswered(OWN, "no answer")
                        .unanswered("a", "no answer")
                        .candidates(List.of(OWN, "a"), OWN))
                .containsExactly("a");
    }

    @Test
    void threeTriesAreEnough() {
        RouterSearch search =
                FRESH.unanswered("a", "no answer").unanswered("b", "no answer").unanswered("c", "no answer");
        assertThat(search.candidates(List.of("a", "b", "c", "d"), OWN)).isEmpty();
    }

    @Test
    void aRefusalIsNotAskedForAgain() {
        RouterSearch search = FRESH.refused("a", new RouteDecision.Refuse(CloseCause.NO_EGRESS));
        assertThat(search.candidates(List.of("a"), OWN)).isEmpty();
        assertThat(search.candidates(List.of("a", "b"), OWN)).containsExactly("b");
        assertThat(search.mayWait()).isFalse();
    }

    @Test
    void whoIsBehindIsAskedAgainAfterAPause() {
        RouterSearch search = FRESH.behind("a", "epoch 1");
        assertThat(search.candidates(List.of("a"), OWN)).isEmpty();
        assertThat(search.mayWait()).isTrue();
        assertThat(search.paused().candidates(List.of("a"), OWN)).containsExactly("a");
        assertThat(RouterSearch.begin(0).behind("a", "epoch 1").mayWait()).isFalse();
    }
}
