package io.culvert.config.reader;

import io.culvert.config.OutboundSettings.VmessExperiment;
import io.culvert.config.OutboundSettings.VmessSecurity;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code experiments} of a VMess client's user: words between bars, as in {@code "AuthenticatedLength|NoTerminationSignal"}. */
final class VmessExperiments {
    /** V2Ray looks for the words anywhere in the text, so that whatever stands between them separates them. */
    private static final Pattern BETWEEN = Pattern.compile("[^A-Za-z0-9_-]+");

    private static final List<String> WORDS =
            Arrays.stream(VmessExperiment.values()).map(VmessExperiment::word).toList();

    private VmessExperiments() {}

    /** Reads the key; a word that is none has no effect, in V2Ray without a word of warning. */
    static Set<VmessExperiment> read(Fields user, VmessSecurity security, Report report) {
        Set<VmessExperiment> experiments = EnumSet.noneOf(VmessExperiment.class);
        for (String word : BETWEEN.split(user.text("experiments"), -1)) {
            VmessExperiment known = named(word);
            if (known != null) {
                experiments.add(known);
            } else if (!word.isEmpty()) {
                report.warning(
                        user.spotOf("experiments"),
                        Words.quoted(word) + " is not an experiment of VMess and has no effect"
                                + Words.didYouMean(word, WORDS) + " (known: " + String.join(", ", WORDS) + ")");
            }
        }
        boolean seals = switch (security) {
            case AUTO, AES_128_GCM, CHACHA20_POLY1305 -> true;
            case NONE, ZERO -> false;
        };
        if (!seals && experiments.contains(VmessExperiment.AUTHENTICATED_LENGTH)) {
            report.warning(
                    user.spotOf("experiments"),
                    Words.quoted(VmessExperiment.AUTHENTICATED_LENGTH.word())
                            + " has no effect beside a \"security\" that seals nothing");
        }
        return experiments;
    }

    private static @Nullable VmessExperiment named(String word) {
        for (VmessExperiment one : VmessExperiment.values()) {
            if (one.word().equals(word)) {
                return one;
            }
        }
        return null;
    }
}
