package io.culvert.it.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    private static final List<String> CASES =
            IntStream.range(0, 30).mapToObj(i -> "case " + i).toList();

    @Test
    void aQuarterIsChosenAndTheSameForASeed() {
        assertThat(Choice.of(7, "matrix", CASES)).hasSize(8).isEqualTo(Choice.of(7, "matrix", CASES));
        assertThat(Choice.of(7, "matrix", CASES.subList(0, 1))).hasSize(1);
        assertThat(Choice.of(7, "matrix", List.of())).isEmpty();
    }

    @Test
    void otherMatricesAndSeedsChooseOthers() {
        assertThat(Choice.of(7, "matrix", CASES)).isNotEqualTo(Choice.of(7, "other", CASES));
        assertThat(Choice.of(7, "matrix", CASES)).isNotEqualTo(Choice.of(8, "matrix", CASES));
    }

    @Test
    void everyCaseHasItsDay() {
        Set<String> seen = new HashSet<>();
        for (int seed = 20_000; seed < 20_060; seed++) {
            seen.addAll(Choice.of(seed, "matrix", CASES));
        }
        assertThat(seen).containsAll(CASES);
    }
}
