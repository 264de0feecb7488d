package io.culvert.launcher.cli;

import io.culvert.config.Diagnostic;
import io.culvert.config.reader.DiagnosticPrinter;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.List;

/**
 * How {@code test} says what it found.
 *
 * @param strict whether warnings fail it
 * @param json whether it prints one JSON object a line, and nothing else
 */
record TestReport(boolean strict, boolean json) {
    /** As V2Ray's {@code -test}. */
    static final TestReport USUAL = new TestReport(false, false);

    /** Prints the diagnostics and the verdict; returns the exit status. */
    int print(List<Diagnostic> diagnostics, PrintWriter out) {
        boolean wrong = diagnostics.stream().anyMatch(Diagnostic::isError);
        boolean failed = wrong || (strict && !diagnostics.isEmpty());
        if (json) {
            diagnostics.forEach(one -> out.println(line(one).encode()));
        } else {
            DiagnosticPrinter.lines(diagnostics).forEach(out::println);
            if (!failed) {
                out.println("Configuration OK.");
            } else if (!wrong) {
                out.println("Not OK: --strict takes warnings for errors.");
            }
        }
        return failed ? Exit.CONFIG : Exit.OK;
    }

    private static JsonObject line(Diagnostic one) {
        return new JsonObject()
                .put("file", one.position().file())
                .put("line", one.position().line())
                .put("column", one.position().column())
                .put("level", one.severity().word())
                .put("path", one.position().path())
                .put("message", one.message());
    }
}
