package io.culvert.config.reader;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Words of messages: quoting, and the nearest word to a misspelt one. */
final class Words {
    /** Longer words than this are not misspellings of ours. */
    private static final int MAX_WORD = 48;
    /** How much of a value is repeated in a message. */
    private static final int MAX_QUOTE = 60;
    /** How many words are compared at most: a farm may have thousands of tags. */
    private static final int MAX_CANDIDATES = 2_000;

    private Words() {}

    /** Text for a message: at most {@code max} characters, no control characters. */
    static String shown(String text, int max) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), max));
        for (int i = 0; i < text.length() && i < max; i++) {
            char c = text.charAt(i);
            out.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
        }
        return text.length() > max ? out.append('…').toString() : out.toString();
    }

    /** The text in double quotes, for a message. Never for a secret. */
    static String quoted(String text) {
        return '"' + shown(text, MAX_QUOTE) + '"';
    }

    /** {@code ; did you mean "x"?}, or nothing where no word is near. */
    static String didYouMean(String word, Collection<String> candidates) {
        String near = nearest(word, candidates);
        return near == null ? "" : "; did you mean " + quoted(near) + "?";
    }

    /** The word with the smallest edit distance, case aside, or null where all are far. */
    static @Nullable String nearest(String word, Collection<String> candidates) {
        if (word.isEmpty() || word.length() > MAX_WORD) {
            return null;
        }
        String lower = word.toLowerCase(Locale.ROOT);
        String best = null;
        int bestDistance = Math.max(1, Math.min(3, lower.length() / 3)) + 1;
        int compared = 0;
        for (String candidate : candidates) {
            if (++compared > MAX_CANDIDATES) {
                break;
            }
            if (candidate.isEmpty() || Math.abs(candidate.length() - lower.length()) >= bestDistance) {
                continue;
            }
            int distance = distance(lower, candidate.toLowerCase(Locale.ROOT));
            if (distance < bestDistance) {
                bestDistance = distance;
                best = candidate;
            }
        }
        return best;
    }

    /** Edit distance in which two swapped neighbours count once. */
    private static int distance(String a, String b) {
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
            int[] free = beforeLast;
            beforeLast = last;
            last = row;
            row = free;
        }
        return last[b.length()];
    }
}
