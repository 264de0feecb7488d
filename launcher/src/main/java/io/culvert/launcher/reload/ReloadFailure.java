package io.culvert.launcher.reload;

import io.culvert.config.Diagnostic;
import java.util.List;

/** A configuration that was not taken: everything is as it was. Without a stack trace: it is the operator's to mend. */
public final class ReloadFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final transient List<Diagnostic> diagnostics;

    /** Why. */
    public enum Kind {
        /** The text is wrong. */
        INVALID,
        /** The text is right, and something stands in its way: a port is taken, a certificate cannot be used. */
        UNUSABLE,
        /** Another configuration is being taken. */
        BUSY
    }

    private ReloadFailure(Kind kind, String message, List<Diagnostic> diagnostics) {
        super(message, null, false, false);
        this.kind = kind;
        this.diagnostics = List.copyOf(diagnostics);
    }

    static ReloadFailure invalid(List<Diagnostic> diagnostics) {
        return new ReloadFailure(Kind.INVALID, "the configuration is invalid", diagnostics);
    }

    static ReloadFailure unusable(String message) {
        return new ReloadFailure(Kind.UNUSABLE, message, List.of());
    }

    /** Another configuration is being taken, or the node takes none at this time. */
    public static ReloadFailure busy(String message) {
        return new ReloadFailure(Kind.BUSY, message, List.of());
    }

    public Kind kind() {
        return kind;
    }

    /** What is wrong with the text; empty where it is not the text. */
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }
}
