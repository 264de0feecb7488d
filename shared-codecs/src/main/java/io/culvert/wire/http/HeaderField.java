package io.culvert.wire.http;

/**
 * One header line.
 *
 * @param name a token, in the case it was sent in
 * @param value without white space around it; bytes above 127 as ISO 8859-1
 */
public record HeaderField(String name, String value) {
    boolean is(String other) {
        return name.equalsIgnoreCase(other);
    }
}
