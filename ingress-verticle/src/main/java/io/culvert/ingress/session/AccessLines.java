package io.culvert.ingress.session;

import io.culvert.model.CloseCause;
import io.culvert.model.IpText;
import io.culvert.model.SessionDescriptor;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * V2Ray's access lines (peers section 2), and one more at the end of a session with what V2Ray does not say.
 *
 * @param out where the lines go, without time and line end
 */
public record AccessLines(Consumer<String> out) implements SessionLog {

    /** {@code 127.0.0.1:60750 accepted tcp:example.org:443 [direct] email: x}. */
    @Override
    public void accepted(SessionDescriptor session, String outboundTag) {
        out.accept(line(session, "accepted", outboundTag).toString());
    }

    /** The same with {@code closed}, then the proxy server if there is one, bytes from and to the client, seconds, and the cause. */
    @Override
    public void closed(
            SessionDescriptor session,
            String outboundTag,
            @Nullable String server,
            CloseCause cause,
            long up,
            long down,
            long millis) {
        StringBuilder line = line(session, "closed", outboundTag);
        if (server != null) {
            line.append(" via: ").append(server);
        }
        line.append(" up: ").append(up).append(" down: ").append(down).append(" duration: ");
        out.accept(appendSeconds(line, millis)
                .append(" cause: ")
                .append(cause.text())
                .toString());
    }

    private static StringBuilder appendSeconds(StringBuilder line, long millis) {
        long rest = millis % 1000;
        line.append(millis / 1000).append(rest < 10 ? ".00" : rest < 100 ? ".0" : ".");
        return line.append(rest).append('s');
    }

    /** {@code 127.0.0.1:60750 rejected  invalid user}: the target is empty, as V2Ray has it. */
    @Override
    public void rejected(InetSocketAddress source, CloseCause cause, String why) {
        String reason = why.isEmpty() ? cause.text() : cause.text() + ": " + why;
        out.accept(IpText.of(source) + " rejected  " + reason);
    }

    private static StringBuilder line(SessionDescriptor session, String what, String outboundTag) {
        StringBuilder line = new StringBuilder(128)
                .append(IpText.of(session.source()))
                .append(' ')
                .append(what)
                .append(' ')
                .append(session.target());
        if (!outboundTag.isEmpty()) {
            line.append(" [").append(outboundTag).append(']');
        }
        if (session.user() != null && !session.user().email().isEmpty()) {
            line.append(" email: ").append(session.user().email());
        }
        return line;
    }
}
