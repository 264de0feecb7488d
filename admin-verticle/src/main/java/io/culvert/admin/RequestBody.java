package io.culvert.admin;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the body of a request as it is, whatever its media type says: what curl sends without being told a type is no form here.
 * A client that leaves before its end is nobody's fault and gets no answer.
 */
final class RequestBody {
    private static final Logger LOG = LoggerFactory.getLogger(RequestBody.class);

    private final RoutingContext context;
    private final long most;
    private final Consumer<Buffer> whole;
    private final Buffer body = Buffer.buffer();
    private boolean refused;
    private long dropped;

    private RequestBody(RoutingContext context, long most, Consumer<Buffer> whole) {
        this.context = context;
        this.most = most;
        this.whole = whole;
    }

    /**
     * Reads a body; called while its request is being routed, before any of it has come.
     *
     * @param most bytes; a longer one is answered with 413
     * @param whole told of a body once it is there
     */
    static void read(RoutingContext context, long most, Consumer<Buffer> whole) {
        new RequestBody(context, most, whole).begin();
    }

    private void begin() {
        HttpServerRequest request = context.request();
        request.exceptionHandler(fault -> LOG.debug("{}: the client has left: {}", request.path(), fault.getMessage()));
        request.handler(this::take);
        request.endHandler(_ -> {
            if (!refused) {
                whole.accept(body);
            }
        });
        if (declared(request) > most) {
            refuse();
        } else if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            context.response().writeContinue();
        }
    }

    /** The length that the head names, or 0. */
    private static long declared(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    private void take(Buffer part) {
        if (!refused && body.length() + part.length() > most) {
            refuse();
        }
        if (!refused) {
            body.appendBuffer(part);
            return;
        }
        // The answer would be lost by a reset, were the connection closed with bytes that nobody has read.
        dropped += part.length();
        if (dropped > most) {
            context.request().connection().close();
        }
    }

    private void refuse() {
        refused = true;
        context.fail(413);
    }
}
