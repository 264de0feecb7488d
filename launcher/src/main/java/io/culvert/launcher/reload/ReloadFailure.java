package io.culvert.launcher.reload;

import io.culvert.config.Diagnostic;
import java.util.List;

/** A configuration that was not taken: everything is as it was. Without a stack trace: it is the operator's to mend. */
public final class ReloadFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final transient List<String> lines;

    /** Why. */
    public enum Kind {
        /** The text is wrong. */
        INVALID,
        /** The text is right, and something stands in its way: a port is taken, a certificate cannot be used. */
        UNUSABLE,
        /** Another configuration is being taken. */
        BUSY
    }

    private ReloadFailure(Kind kind, String message, List<String> lines) {
        super(message, null, false, false);
        this.kind = kind;
        this.lines = List.copyOf(lines);
    }

    static ReloadFailure invalid(List<Diagnostic> diagnostics) {
        return refused(diagnostics.stream().map(Diagnostic::toString).toList());
    }

    /** @param lines every fault of the text, with its place */
    static ReloadFailure refused(List<String> lines) {
        return new ReloadFailure(
                Kind.INVALID, lines.isEmpty() ? "the configuration is invalid" : lines.getFirst(), lines);
    }

    /** The text is right, and cannot be taken for what the message says. */
    public static ReloadFailure unusable(String message) {
        return new ReloadFailure(Kind.UNUSABLE, message, List.of(message));
    }

    /** Another configuration is being taken, or the node takes none at this time. */
    public static ReloadFailure busy(String message) {
        return new ReloadFailure(Kind.BUSY, message, List.of(message));
    }

    public Kind kind() {
        return kind;
    }

    /** What is wrong, line by line. */
    public List<String> lines() {
        return lines;
    }
}
