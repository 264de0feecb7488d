package io.culvert.wire.http;

import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.culvert.wire.PasswordTable;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one client connection of an HTTP proxy (wire-formats section 12.1). One instance per connection, owned by one
 * thread.
 *
 * @param <U> what an account stands for
 */
public final class HttpProxyServer<U> {
    private final @Nullable PasswordTable<U> accounts;
    private final boolean allowTransparent;
    private @Nullable RequestHeadReader reader = new RequestHeadReader(RequestHeadReader.MAX_PROXY_LENGTH);
    private @Nullable HttpExchange exchange;

    /**
     * A connection.
     *
     * @param accounts who may use the proxy, or null for everybody
     * @param allowTransparent whether requests without a URL are served, by their Host line
     */
    public HttpProxyServer(@Nullable PasswordTable<U> accounts, boolean allowTransparent) {
        this.accounts = accounts;
        this.allowTransparent = allowTransparent;
    }

    /**
     * Reads the next request's head. Bytes behind it stay in the buffer.
     *
     * @param in what was received; a whole head is taken from it
     * @param out an answer is written here, and must be sent whatever the result is
     * @return the request; more needed; or malformed: the connection is to be closed once {@code out} is sent
     * @throws IllegalStateException where the exchange before is not {@linkplain HttpExchange#persistent over and
     *     persistent}: bytes of its body would be taken for a request
     */
    public Decoded<HttpProxyRequest<U>> read(ByteBuf in, ByteBuf out) {
        if (exchange != null) {
            if (!exchange.persistent()) {
                throw new IllegalStateException("the exchange before is not over");
            }
            exchange = null;
            reader = new RequestHeadReader(RequestHeadReader.MAX_PROXY_LENGTH);
        }
        RequestHeadReader current = reader;
        if (current == null) {
            throw new IllegalStateException("this connection carries no further request");
        }
        Decoded<HttpProxyRequest<U>> result = switch (current.read(in)) {
            case Decoded.Complete<HttpRequestHead>(HttpRequestHead head) -> accept(head, out);
            case Decoded.NeedMore<HttpRequestHead> more -> {
                yield Decoded.needMore();
            }
            case Decoded.Malformed<HttpRequestHead>(CloseCause cause, String why) -> {
                if (current.isTooLong()) {
                    HttpAnswers.writeHeadTooLong(out);
                } else if (current.spokeHttp()) {
                    HttpAnswers.writeBadRequest(out);
                }
                yield Decoded.malformed(cause, why);
            }
        };
        if (!(result instanceof Decoded.NeedMore<HttpProxyRequest<U>>)) {
            reader = null;
        }
        return result;
    }

    private Decoded<HttpProxyRequest<U>> accept(HttpRequestHead head, ByteBuf out) {
        U user = null;
        if (accounts != null) {
            user = BasicAuth.user(head.headers(), accounts);
            if (user == null) {
                HttpAnswers.writeAuthenticationRequired(out);
                return Decoded.malformed(CloseCause.AUTH_FAILED, "no or wrong user name and password");
            }
        }
        return switch (BodyFraming.ofRequest(head)) {
            case Decoded.Complete<BodyFraming>(BodyFraming framing) ->
                head.isConnect() ? tunnel(head, framing, user, out) : forward(head, framing, user, out);
            case Decoded.NeedMore<BodyFraming> more -> throw new IllegalStateException("the head was whole");
            case Decoded.Malformed<BodyFraming>(CloseCause cause, String why) -> refuse(why, out);
        };
    }

    /** A body of a CONNECT would be taken for payload by some readers: only the empty one is borne, which clients send. */
    private static <U> Decoded<HttpProxyRequest<U>> tunnel(
            HttpRequestHead head, BodyFraming framing, @Nullable U user, ByteBuf out) {
        boolean bodiless = switch (framing) {
            case BodyFraming.None none -> true;
            case BodyFraming.Length(long bytes) -> bytes == 0;
            case BodyFraming.Chunked chunked -> false;
            case BodyFraming.UntilClose close -> false;
        };
        if (!bodiless) {
            return refuse("CONNECT with a body", out);
        }
        if (head.headers().count("Host") > 1) {
            return refuse("several Host lines", out);
        }
        Authority authority = Authority.parse(head.target(), Authority.PORT_REQUIRED);
        if (authority == null) {
            return refuse("CONNECT without a host and a port", out);
        }
        HttpAnswers.writeEstablished(out);
        return Decoded.complete(new HttpProxyRequest.Tunnel<>(authority.destination(), user));
    }

    private Decoded<HttpProxyRequest<U>> forward(
            HttpRequestHead head, BodyFraming framing, @Nullable U user, ByteBuf out) {
        return switch (RequestTarget.of(head, allowTransparent)) {
            case Decoded.Complete<RequestTarget>(RequestTarget target) -> {
                HttpExchange started = new HttpExchange(head, target, framing);
                exchange = started;
                yield Decoded.complete(new HttpProxyRequest.Forward<>(started, user));
            }
            case Decoded.NeedMore<RequestTarget> more -> throw new IllegalStateException("the head was whole");
            case Decoded.Malformed<RequestTarget>(CloseCause cause, String why) -> refuse(why, out);
        };
    }

    private static <U> Decoded<HttpProxyRequest<U>> refuse(String why, ByteBuf out) {
        HttpAnswers.writeBadRequest(out);
        return Decoded.malformed(why);
    }
}
