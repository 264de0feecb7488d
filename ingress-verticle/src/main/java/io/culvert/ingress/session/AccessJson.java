package io.culvert.ingress.session;

import io.culvert.model.CloseCause;
import io.culvert.model.IpText;
import io.culvert.model.JsonText;
import io.culvert.model.SessionDescriptor;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The same as {@link AccessLines}, as objects.
 *
 * @param out where they go, each whole and without a time
 */
public record AccessJson(Consumer<String> out) implements SessionLog {
    /** {@code {"event":"accepted","session":"…","source":"127.0.0.1:60750","inbound":"in","network":"tcp",…}}. */
    @Override
    public void accepted(SessionDescriptor session, String outboundTag) {
        out.accept(of(session, "accepted", outboundTag).append('}').toString());
    }

    /** The same, and {@code "up":12,"down":34,"millis":5,"cause":"…"}. */
    @Override
    public void closed(
            SessionDescriptor session,
            String outboundTag,
            @Nullable String server,
            CloseCause cause,
            long up,
            long down,
            long millis) {
        StringBuilder json = of(session, "closed", outboundTag);
        if (server != null) {
            member(json, "server", server);
        }
        json.append(",\"up\":")
                .append(up)
                .append(",\"down\":")
                .append(down)
                .append(",\"millis\":")
                .append(millis);
        out.accept(member(json, "cause", cause.text()).append('}').toString());
    }

    /** {@code {"event":"rejected","source":"127.0.0.1:60750","cause":"…","detail":"…"}}. */
    @Override
    public void rejected(InetSocketAddress source, CloseCause cause, String why) {
        StringBuilder json = begin("rejected");
        member(json, "source", IpText.of(source));
        member(json, "cause", cause.text());
        if (!why.isEmpty()) {
            member(json, "detail", why);
        }
        out.accept(json.append('}').toString());
    }

    private static StringBuilder of(SessionDescriptor session, String event, String outboundTag) {
        StringBuilder json = begin(event);
        // As the API names it.
        member(json, "session", Long.toHexString(session.id()));
        member(json, "source", IpText.of(session.source()));
        member(json, "inbound", session.inboundTag());
        member(json, "network", session.target().network().word());
        member(json, "target", session.target().authority());
        member(json, "outbound", outboundTag);
        return member(
                json, "email", session.user() == null ? "" : session.user().email());
    }

    private static StringBuilder begin(String event) {
        return new StringBuilder(256).append("{\"event\":\"").append(event).append('"');
    }

    private static StringBuilder member(StringBuilder json, String name, String value) {
        json.append(",\"").append(name).append("\":");
        return JsonText.append(json, value);
    }
}
