package io.culvert.config.reader;

import io.culvert.config.CulvertConfig.Unsupported;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.Position;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/** Gathers what is wrong with a configuration. */
final class Report {
    /** More diagnostics than this are counted, not kept. */
    static final int MAX_DIAGNOSTICS = 1_000;

    private final List<String> files;
    private final BiConsumer<Spot, Set<String>> read;
    private final Set<Diagnostic> kept = new LinkedHashSet<>();
    private final Set<Unsupported> unsupported = new LinkedHashSet<>();
    private long dropped;
    private long errors;

    /** @param files the names of the sources, in order */
    Report(List<String> files) {
        this(files, (_, _) -> {});
    }

    /** @param read is told of each object that has been read, with the keys that its reader knows */
    Report(List<String> files, BiConsumer<Spot, Set<String>> read) {
        this.files = List.copyOf(files);
        this.read = read;
    }

    /** An object has been read. */
    void read(Spot object, Set<String> known) {
        read.accept(object, known);
    }

    void error(Spot spot, String message) {
        errors++;
        add(Severity.ERROR, spot.position(), message);
    }

    void warning(Spot spot, String message) {
        add(Severity.WARNING, spot.position(), message);
    }

    /** Something that a later version brings, and without which traffic would not go as configured. */
    void unsupported(Spot spot, String what) {
        need(new Unsupported(spot.position(), what));
    }

    /** Something that V2Ray accepts but that can never work: it does not make the configuration wrong, yet not run. */
    void unusable(Spot spot, String what) {
        need(new Unsupported(spot.position(), what, false));
    }

    private void need(Unsupported what) {
        add(Severity.WARNING, what.position(), what.message());
        if (unsupported.size() < MAX_DIAGNOSTICS) {
            unsupported.add(what);
        }
    }

    /** Something that a later version brings, and that can be left out without harm. */
    void withoutEffect(Spot spot, String what) {
        warning(spot, what + " is not supported yet and has no effect");
    }

    void add(Severity severity, Position position, String message) {
        // Errors are kept beyond the limit of warnings, so that a flood of those does not hide them.
        int limit = severity == Severity.ERROR ? 2 * MAX_DIAGNOSTICS : MAX_DIAGNOSTICS;
        if (kept.size() < limit) {
            kept.add(new Diagnostic(severity, position, message));
        } else {
            dropped++;
        }
    }

    boolean failed() {
        return errors > 0;
    }

    /** How many errors there were so far. */
    long errors() {
        return errors;
    }

    List<Unsupported> unsupported() {
        return List.copyOf(unsupported);
    }

    /** By file, line and column. */
    List<Diagnostic> diagnostics() {
        List<Diagnostic> all = new ArrayList<>(kept);
        all.sort(Comparator.comparingInt(
                        (Diagnostic one) -> files.indexOf(one.position().file()))
                .thenComparingInt(one -> one.position().line())
                .thenComparingInt(one -> one.position().column())
                .thenComparing(Diagnostic::severity));
        if (dropped > 0) {
            all.add(new Diagnostic(
                    Severity.WARNING, all.getLast().position(), "there are " + dropped + " more faults, not shown"));
        }
        return all;
    }
}
