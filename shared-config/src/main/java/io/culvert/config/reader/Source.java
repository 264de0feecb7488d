package io.culvert.config.reader;

/**
 * One configuration text.
 *
 * @param name the file as it was named on the command line, or {@code stdin}; diagnostics and the rule for "tail" use it
 * @param text JSON with comments
 */
public record Source(String name, String text) {
    @Override
    public String toString() {
        return "Source[name=" + name + "]";
    }
}
