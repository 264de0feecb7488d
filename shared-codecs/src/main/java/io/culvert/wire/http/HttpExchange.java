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
        response = new ResponseRelay(head, this::mayGoOn);
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
     * Whether the client's connection carries another request once both directions are over: it was told so by the answer's
     * head.
     */
    public boolean persistent() {
        return response.promisedToGoOn() && response.isOver();
    }

    /**
     * HTTP/1.1 goes on unless the client says close, an older client where it asks for it. What {@code Proxy-Connection} says
     * beside 1.1 is no part of HTTP. A request that has not come whole by the time of its answer ends the connection: nobody
     * knows whether its rest will be sent.
     */
    private boolean mayGoOn() {
        HeaderFields headers = head.headers();
        boolean wanted = head.version() == HttpVersion.HTTP_1_1
                ? !headers.lists("Connection", "close")
                : headers.lists("Connection", "keep-alive") || headers.lists("Proxy-Connection", "keep-alive");
        return wanted && requestBody.state() == State.ENDED;
    }
}
