package io.culvert.wire.http;

/**
 * The head of an answer.
 *
 * @param status 100 to 999
 * @param reason may be empty
 */
public record HttpResponseHead(HttpVersion version, int status, String reason, HeaderFields headers) {

    /** Whether another answer to the same request follows. */
    boolean isInterim() {
        return status < 200;
    }
}
