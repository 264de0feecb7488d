package io.culvert.wire.http;

import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.culvert.wire.http.BodyRelay.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Passes the answer to one plain request on to the client (wire-formats section 12.1): interim answers, the head without the
 * lines of the hop, the body. One instance per request, owned by one thread.
 */
public final class ResponseRelay {
    /** The longest head of an answer, in bytes. */
    public static final int MAX_HEAD_LENGTH = 256 * 1024;

    /** The most interim answers to one request. */
    public static final int MAX_INTERIM = 16;

    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;

    private final boolean headRequest;
    private final HttpVersion clientVersion;
    private final BooleanSupplier clientMayGoOn;
    private ResponseHeadReader reader = new ResponseHeadReader(MAX_HEAD_LENGTH);
    private int interim;
    private @Nullable BodyRelay body;
    private boolean goesOn;
    private boolean malformed;
    private String fault = "";

    /** @param clientMayGoOn whether the client's connection may carry another request, asked when the answer's head is there */
    ResponseRelay(HttpRequestHead request, BooleanSupplier clientMayGoOn) {
        this.clientMayGoOn = clientMayGoOn;
        headRequest = request.method().equals("HEAD");
        clientVersion = request.version();
    }

    /**
     * Passes on what the destination sent. Bytes behind the answer are left: they belong to nobody.
     *
     * @param in what was received
     * @param out is given what the client is to be sent
     * @return whether more is to come; a failure without {@link #started} is to be answered by {@link #writeFailure}, any other
     *     failure only by closing
     */
    public State relay(ByteBuf in, BodyOutput out) {
        while (body == null) {
            if (!fault.isEmpty()) {
                return State.FAILED;
            }
            switch (reader.read(in)) {
                case Decoded.Complete<HttpResponseHead>(HttpResponseHead head) -> accept(head, in.alloc(), out);
                case Decoded.NeedMore<HttpResponseHead> more -> {
                    return State.MORE;
                }
                case Decoded.Malformed<HttpResponseHead>(CloseCause cause, String why) -> malformed(why);
            }
        }
        return body.relay(in, out);
    }

    /** Learns that the destination has closed its side. */
    public State inputEnded(BodyOutput out) {
        if (body != null) {
            return body.inputEnded(out);
        }
        if (fault.isEmpty()) {
            fault = "no answer";
        }
        return State.FAILED;
    }

    /** Whether the client has been given the head of the answer. */
    public boolean started() {
        return body != null;
    }

    /** Whether the client was told that its connection stays. */
    boolean promisedToGoOn() {
        return goesOn;
    }

    /** Whether the answer has been passed on whole. */
    boolean isOver() {
        return body != null && body.state() == State.ENDED;
    }

    /** Whether the destination answered with what is no HTTP that can be passed on. */
    public boolean isMalformed() {
        return malformed;
    }

    /** Writes what the client is told where the answer failed before anything of it was passed on. */
    public void writeFailure(ByteBuf out) {
        if (malformed) {
            HttpAnswers.writeBadGateway(out);
        } else {
            HttpAnswers.writeUnavailable(out);
        }
    }

    private void malformed(String why) {
        malformed = true;
        fault = why;
    }

    /** What is wrong with an answer that failed; for the log. */
    public String fault() {
        return body != null ? body.fault() : fault;
    }

    private void accept(HttpResponseHead head, ByteBufAllocator allocator, BodyOutput out) {
        if (head.isInterim()) {
            acceptInterim(head, allocator, out);
            return;
        }
        switch (BodyFraming.ofResponse(head)) {
            case Decoded.Complete<BodyFraming>(BodyFraming declared) -> start(head, declared, allocator, out);
            case Decoded.NeedMore<BodyFraming> more -> throw new IllegalStateException("the head was whole");
            case Decoded.Malformed<BodyFraming>(CloseCause cause, String why) -> malformed(why);
        }
    }

    /** 101 is nobody's wish: the request went on without its Upgrade line. */
    private void acceptInterim(HttpResponseHead head, ByteBufAllocator allocator, BodyOutput out) {
        if (head.status() == SWITCHING_PROTOCOLS) {
            malformed("the destination switches protocols unasked");
        } else if (++interim > MAX_INTERIM) {
            malformed("more than " + MAX_INTERIM + " interim answers");
        } else if (clientVersion == HttpVersion.HTTP_1_1) {
            ByteBuf bytes = allocator.buffer();
            writeStart(bytes, head, head.headers().endToEnd());
            HttpSyntax.write(bytes, "\r\n");
            out.write(bytes);
        }
        reader = new ResponseHeadReader(MAX_HEAD_LENGTH);
    }

    private void start(HttpResponseHead head, BodyFraming declared, ByteBufAllocator allocator, BodyOutput out) {
        boolean bodiless = headRequest || head.status() == NO_CONTENT || head.status() == NOT_MODIFIED;
        boolean chunked = !bodiless && declared instanceof BodyFraming.Chunked && clientVersion == HttpVersion.HTTP_1_1;
        boolean endIsKnown = bodiless || chunked || declared instanceof BodyFraming.Length;
        goesOn = endIsKnown && clientMayGoOn.getAsBoolean();
        ByteBuf bytes = allocator.buffer();
        writeStart(bytes, head, head.headers().endToEnd());
        if (declared instanceof BodyFraming.Length(long length) && head.status() != NO_CONTENT) {
            HttpSyntax.writeField(bytes, "Content-Length", Long.toString(length));
        }
        if (chunked) {
            HttpSyntax.writeField(bytes, "Transfer-Encoding", "chunked");
        }
        if (goesOn) {
            HttpSyntax.writeField(bytes, "Proxy-Connection", "keep-alive");
            HttpSyntax.writeField(bytes, "Connection", "keep-alive");
            HttpSyntax.writeField(bytes, "Keep-Alive", "timeout=4");
        } else {
            HttpSyntax.writeField(bytes, "Connection", "close");
        }
        HttpSyntax.write(bytes, "\r\n");
        out.write(bytes);
        body = new BodyRelay(bodiless ? new BodyFraming.None() : declared, chunked);
    }

    private static void writeStart(ByteBuf out, HttpResponseHead head, List<HeaderField> fields) {
        HttpSyntax.write(out, HttpVersion.HTTP_1_1.text() + " " + head.status() + " " + head.reason() + "\r\n");
        for (HeaderField field : fields) {
            HttpSyntax.writeField(out, field.name(), field.value());
        }
    }
}
