package io.culvert.config;

/**
 * Where in the configuration something stands.
 *
 * @param file the file as it was named on the command line, or {@code stdin}
 * @param line from 1
 * @param column from 1
 * @param path the JSON path, for example {@code inbounds[0].settings.clients[2].id}
 */
public record Position(String file, int line, int column, String path) {
    /** For settings that no file holds, as the demo's. */
    public static final Position NONE = new Position("", 0, 0, "");

    /** {@code file:line:column}. */
    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
