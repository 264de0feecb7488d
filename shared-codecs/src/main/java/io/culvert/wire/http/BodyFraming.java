package io.culvert.wire.http;

import io.culvert.wire.Decoded;
import java.util.Arrays;
import java.util.List;

/** How the end of a body is known. Anything that two readers could take differently is refused (reliability section 2c.13). */
public sealed interface BodyFraming {

    /** There is no body, and nothing was said about one. */
    record None() implements BodyFraming {}

    /** @param bytes 0 or more */
    record Length(long bytes) implements BodyFraming {}

    /** The body comes in chunks. */
    record Chunked() implements BodyFraming {}

    /** The body ends with the connection; answers only. */
    record UntilClose() implements BodyFraming {}

    String CONTENT_LENGTH = "Content-Length";

    /** The most digits of a Content-Length: every such number fits a long. */
    int MAX_LENGTH_DIGITS = 18;

    /** The framing of a request's body. */
    static Decoded<BodyFraming> ofRequest(HttpRequestHead head) {
        return of(head.headers(), head.version(), new None(), head.headers().all(CONTENT_LENGTH));
    }

    /**
     * The framing that an answer's head declares, whether or not such an answer has a body. A length that is said several times
     * counts once (RFC 9110 section 8.6).
     */
    static Decoded<BodyFraming> ofResponse(HttpResponseHead head) {
        List<String> lengths = head.headers().all(CONTENT_LENGTH).stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(String::strip)
                .distinct()
                .toList();
        return of(head.headers(), head.version(), new UntilClose(), lengths);
    }

    private static Decoded<BodyFraming> of(
            HeaderFields headers, HttpVersion version, BodyFraming undeclared, List<String> lengths) {
        int codings = headers.count("Transfer-Encoding");
        String coding = headers.first("Transfer-Encoding");
        if (coding != null) {
            if (!lengths.isEmpty()) {
                return Decoded.malformed("both Transfer-Encoding and Content-Length");
            }
            if (codings > 1 || !coding.equalsIgnoreCase("chunked")) {
                return Decoded.malformed("a transfer encoding other than chunked");
            }
            if (version == HttpVersion.HTTP_1_0) {
                return Decoded.malformed("Transfer-Encoding in HTTP/1.0");
            }
            return Decoded.complete(new Chunked());
        }
        if (lengths.isEmpty()) {
            return Decoded.complete(undeclared);
        }
        if (lengths.size() > 1) {
            return Decoded.malformed("several Content-Length lines");
        }
        long bytes = HttpSyntax.decimal(lengths.getFirst(), MAX_LENGTH_DIGITS);
        return bytes < 0 ? Decoded.malformed("invalid Content-Length") : Decoded.complete(new Length(bytes));
    }
}
