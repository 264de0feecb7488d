package io.culvert.config.reader;

import io.culvert.config.Diagnostic;
import java.util.ArrayList;
import java.util.List;

/** Diagnostics as text: one line for each, and a line that counts them. */
public final class DiagnosticPrinter {
    private DiagnosticPrinter() {}

    /** Lines as {@code file:line:column  error  path: what}, then the summary; empty where there are none. */
    public static List<String> lines(List<Diagnostic> diagnostics) {
        if (diagnostics.isEmpty()) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        diagnostics.forEach(one -> lines.add(one.toString()));
        lines.add(summary(diagnostics));
        return lines;
    }

    /** {@code 2 errors, 1 warning}; kinds that do not occur are left out. */
    public static String summary(List<Diagnostic> diagnostics) {
        long errors = diagnostics.stream().filter(Diagnostic::isError).count();
        long warnings = diagnostics.size() - errors;
        String first = errors == 0 ? "" : counted(errors, "error");
        String second = warnings == 0 ? "" : counted(warnings, "warning");
        return first.isEmpty() || second.isEmpty() ? first + second : first + ", " + second;
    }

    private static String counted(long count, String word) {
        return count + " " + word + (count == 1 ? "" : "s");
    }
}
