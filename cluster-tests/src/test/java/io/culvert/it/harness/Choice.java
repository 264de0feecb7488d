package io.culvert.it.harness;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Which cases of a matrix move all bytes today: a quarter of them, chosen by a seed, so that the days see all of them. The others
 * move few.
 *
 * <p>{@code -Dculvert.it.seed=N} names the seed, which is the day otherwise (UTC, days since 1970), and {@code
 * -Dculvert.it.full=true} chooses all.
 */
public final class Choice {
    private static final int ONE_IN = 4;
    private static final boolean FULL = Boolean.getBoolean("culvert.it.full");

    private Choice() {}

    /**
     * Those that move all bytes.
     *
     * @param matrix a name, so that matrices with the same cases choose others
     * @param cases told apart by what they say of themselves
     * @return a quarter of the cases, at least one
     */
    public static <T> Set<T> of(String matrix, List<T> cases) {
        return FULL ? Set.copyOf(cases) : of(seed(), matrix, cases);
    }

    private static long seed() {
        return Long.getLong("culvert.it.seed", LocalDate.now(ZoneOffset.UTC).toEpochDay());
    }

    /** The choice of a seed. */
    static <T> Set<T> of(long seed, String matrix, List<T> cases) {
        return new HashSet<>(cases.stream()
                .sorted(Comparator.comparingLong(one -> lot(seed, matrix + ": " + one)))
                .limit((cases.size() + ONE_IN - 1) / ONE_IN)
                .toList());
    }

    private static long lot(long seed, String of) {
        long hash = 0;
        for (int i = 0; i < of.length(); i++) {
            hash = 31 * hash + of.charAt(i);
        }
        return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + hash).nextLong();
    }
}
