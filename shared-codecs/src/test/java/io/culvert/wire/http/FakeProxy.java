package io.culvert.wire.http;

import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.culvert.wire.PasswordTable;
import io.culvert.wire.http.BodyRelay.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A whole inbound without sockets: what a handler does with the machines, and destinations that answer at once. */
final class FakeProxy {
    static final PasswordTable<String> ACCOUNTS =
            PasswordTable.of(Map.of("u-dev", new PasswordTable.Account<>("p:w-dev", "u-dev")), new Random(2));

    private final Function<HttpExchange, @Nullable String> destination;
    private final HttpProxyServer<String> server;
    private final ByteBuf in = ByteBufAllocator.DEFAULT.buffer();
    private final ByteBuf answer = Unpooled.buffer();
    private final StringBuilder toClient = new StringBuilder();
    private final List<StringBuilder> upstreams = new ArrayList<>();
    private @Nullable HttpExchange exchange;
    private boolean tunnel;
    private boolean closed;
    private @Nullable CloseCause cause;
    private @Nullable String user;

    /** @param destination the answer of a destination, in full and then closed; null where it cannot be dialled */
    FakeProxy(boolean password, boolean allowTransparent, Function<HttpExchange, @Nullable String> destination) {
        this.destination = destination;
        server = new HttpProxyServer<>(password ? ACCOUNTS : null, allowTransparent);
    }

    FakeProxy() {
        this(false, false, exchange -> "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }

    FakeProxy send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    FakeProxy send(byte[] bytes) {
        in.writeBytes(bytes);
        work();
        return this;
    }

    FakeProxy sendOneByOne(byte[] bytes) {
        for (byte b : bytes) {
            in.writeByte(b);
            work();
        }
        return this;
    }

    private void work() {
        boolean more = true;
        while (more && !closed) {
            if (tunnel) {
                upstreams.getLast().append(in.readCharSequence(in.readableBytes(), StandardCharsets.ISO_8859_1));
                more = false;
            } else if (exchange == null) {
                more = readRequest();
            } else {
                more = relay(exchange);
            }
        }
    }

    private boolean readRequest() {
        Decoded<HttpProxyRequest<String>> result = server.read(in, answer.clear());
        toClient.append(answer.toString(StandardCharsets.ISO_8859_1));
        switch (result) {
            case Decoded.NeedMore<HttpProxyRequest<String>> more -> {
                return false;
            }
            case Decoded.Malformed<HttpProxyRequest<String>>(CloseCause why, String text) -> {
                cause = why;
                closed = true;
            }
            case Decoded.Complete<HttpProxyRequest<String>>(HttpProxyRequest<String> request) -> {
                user = request.user();
                upstreams.add(new StringBuilder());
                switch (request) {
                    case HttpProxyRequest.Tunnel<String>(var target, var who) -> tunnel = true;
                    case HttpProxyRequest.Forward<String>(HttpExchange started, var who) -> {
                        exchange = started;
                        ByteBuf head = ByteBufAllocator.DEFAULT.buffer();
                        started.writeHead(head);
                        append(upstreams.getLast(), head);
                    }
                }
            }
        }
        return true;
    }

    private boolean relay(HttpExchange current) {
        State body = current.requestBody().relay(in, bytes -> append(upstreams.getLast(), bytes));
        if (body == State.MORE) {
            return false;
        }
        if (body == State.FAILED) {
            cause = CloseCause.MALFORMED;
            closed = true;
            return false;
        }
        String answered = destination.apply(current);
        State response = State.FAILED;
        if (answered == null) {
            upstreams.removeLast();
        } else {
            ByteBuf received = ByteBufAllocator.DEFAULT.buffer();
            received.writeCharSequence(answered, StandardCharsets.ISO_8859_1);
            response = current.response().relay(received, bytes -> append(toClient, bytes));
            if (response == State.MORE) {
                response = current.response().inputEnded(bytes -> append(toClient, bytes));
            }
            received.release();
        }
        if (response == State.FAILED && !current.response().started()) {
            ByteBuf out = ByteBufAllocator.DEFAULT.buffer();
            current.response().writeFailure(out);
            append(toClient, out);
        }
        closed = response != State.ENDED || !current.persistent();
        exchange = null;
        return !closed;
    }

    private static void append(StringBuilder to, ByteBuf bytes) {
        to.append(bytes.toString(StandardCharsets.ISO_8859_1));
        bytes.release();
    }

    /** Ends the client; gives the bytes that were not taken, and fails where a buffer is still held by someone. */
    String close() {
        String left = in.toString(StandardCharsets.ISO_8859_1);
        if (in.refCnt() != 1) {
            throw new AssertionError("the buffer is held " + in.refCnt() + " times");
        }
        in.release();
        return left;
    }

    String toClient() {
        return toClient.toString();
    }

    /** What each destination received. */
    List<String> upstreams() {
        return upstreams.stream().map(StringBuilder::toString).toList();
    }

    boolean closed() {
        return closed;
    }

    /** Whether a request is under way whose body has not come whole. */
    boolean inBody() {
        return exchange != null;
    }

    boolean tunnel() {
        return tunnel;
    }

    @Nullable
    CloseCause cause() {
        return cause;
    }

    @Nullable
    String user() {
        return user;
    }
}
