package io.culvert.config;

/**
 * One fault of a configuration.
 *
 * @param message what is wrong and what was expected; with a suggestion where there is one. Holds no secret
 */
public record Diagnostic(Severity severity, Position position, String message) {

    /** How bad it is: an error keeps Culvert from starting, a warning does not. */
    public enum Severity {
        ERROR,
        WARNING;

        public String word() {
            return this == ERROR ? "error" : "warning";
        }
    }

    public boolean isError() {
        return severity == Severity.ERROR;
    }

    /** {@code file:line:column  error  JSON path: message}. */
    @Override
    public String toString() {
        String path = position.path().isEmpty() ? "" : position.path() + ": ";
        return position + "  " + severity.word() + "  " + path + message;
    }
}
