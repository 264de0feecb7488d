package io.culvert.launcher.reload;

import io.culvert.config.Diagnostic;
import io.culvert.config.diff.Change;
import java.util.List;

/**
 * A configuration that has been taken, or, before its commit, that can be.
 *
 * @param epoch the one that it has, or would have by itself
 * @param changes what is different now, and what is not although the text says so
 * @param warnings of its text
 * @param outcome what came of it
 */
public record Applied(long epoch, List<Change> changes, List<Diagnostic> warnings, Outcome outcome) {
    /** What came of a configuration. */
    public enum Outcome {
        /** It runs. */
        TAKEN,
        /** It says what runs already, which keeps its epoch. */
        UNCHANGED,
        /** It could be taken; nobody has. */
        POSSIBLE
    }

    public Applied {
        changes = List.copyOf(changes);
        warnings = List.copyOf(warnings);
    }

    /** Of one that is to run. */
    public Applied(long epoch, List<Change> changes, List<Diagnostic> warnings) {
        this(epoch, changes, warnings, Outcome.TAKEN);
    }

    /** Whether it makes no difference to a node that runs what it was compared with. */
    boolean changesNothing() {
        return changes.stream().noneMatch(change -> change.kind() == Change.Kind.APPLIED);
    }

    Applied possible() {
        return new Applied(epoch, changes, warnings, Outcome.POSSIBLE);
    }

    /** @param runs the epoch of what runs already */
    Applied unchanged(long runs) {
        return new Applied(runs, changes, warnings, Outcome.UNCHANGED);
    }
}
