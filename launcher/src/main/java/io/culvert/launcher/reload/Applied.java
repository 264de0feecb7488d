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
 */
public record Applied(long epoch, List<Change> changes, List<Diagnostic> warnings) {
    public Applied {
        changes = List.copyOf(changes);
        warnings = List.copyOf(warnings);
    }
}
