package io.culvert.wire.http;

import io.culvert.model.Destination;
import io.culvert.wire.http.BodyRelay.State;
import io.netty.buffer.ByteBuf;

/**
 * One plain request and its answer (wire-formats section 12.1). Each has a connection to the destination of its own, which is
 * told to close behind the answer.
 */
public final class HttpExchange {
    private final HttpRequestHead head;
    private final RequestTarget target;
    private final BodyFraming framing;
    private final BodyRelay requestBody;
    private final ResponseRelay response;

    HttpExchange(HttpRequestHead head, RequestTarget target, BodyFraming framing) {
        this.head = head;
        this.target = target;
        this.framing = framing;
        requestBody = new BodyRelay(framing, framing instanceof BodyFraming.Chunked);
        response = new ResponseRelay(head);
    }

    /** The request as it was sent, for rules that look at its headers. */
    public HttpRequestHead head() {
        return head;
    }

    public RequestTarget target() {
        return target;
    }

    /** What to dial. */
    public Destination destination() {
        return target.destination();
    }

    /** Writes the request's head for the destination. */
    public void writeHead(ByteBuf out) {
        HttpSyntax.write(out, head.method() + " " + target.path() + " " + HttpVersion.HTTP_1_1.text() + "\r\n");
        HttpSyntax.writeField(out, "Host", target.host());
        for (HeaderField field : head.headers().endToEnd()) {
            if (!field.is("Host")) {
                HttpSyntax.writeField(out, field.name(), field.value());
            }
        }
        switch (framing) {
            case BodyFraming.Length(long bytes) -> HttpSyntax.writeField(out, "Content-Length", Long.toString(bytes));
            case BodyFraming.Chunked chunked -> HttpSyntax.writeField(out, "Transfer-Encoding", "chunked");
            case BodyFraming.None none -> {
                // As the reference does: some servers answer 411 to such a method without a length.
                if (head.expectsBody()) {
                    HttpSyntax.writeField(out, "Content-Length", "0");
                }
            }
            case BodyFraming.UntilClose close -> throw new IllegalStateException("a request has an end");
        }
        HttpSyntax.writeField(out, "Connection", "close");
        HttpSyntax.write(out, "\r\n");
    }

    /** Passes the request's body on, from the client to the destination. */
    public BodyRelay requestBody() {
        return requestBody;
    }

    /** Passes the answer on, from the destination to the client. */
    public ResponseRelay response() {
        return response;
    }

    /**
     * Whether the client's connection may carry another request, once both directions are over: the client asked for it by
     * {@code Proxy-Connection: keep-alive}, has seen where the answer ended, and has sent its request whole.
     */
    public boolean persistent() {
        return head.headers().lists("Proxy-Connection", "keep-alive")
                && requestBody.state() == State.ENDED
                && response.endedByLength();
    }
}
