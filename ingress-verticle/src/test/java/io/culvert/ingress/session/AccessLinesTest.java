package io.culvert.ingress.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The lines of the access log, letter for letter. */
class AccessLinesTest {
    private static final Destination TARGET = Destination.tcp(Address.parse("example.org"), 443);
    private static final InetSocketAddress SOURCE = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 60_750);

    private final List<String> lines = new ArrayList<>();
    private final AccessLines text = new AccessLines(lines::add);
    private final AccessJson json = new AccessJson(lines::add);

    private static SessionDescriptor session(String source, Destination target, @Nullable UserRef user) {
        return new SessionDescriptor(
                0xabc,
                "n1",
                "in",
                new InetSocketAddress(InetAddress.ofLiteral(source), 60_750),
                target,
                TargetOrigin.CLIENT,
                user,
                null);
    }

    @Test
    void accepted() {
        text.accepted(session("127.0.0.1", TARGET, new UserRef("x@y", 0)), "direct");
        text.accepted(session("127.0.0.1", TARGET, null), "direct");
        text.accepted(session("127.0.0.1", TARGET, new UserRef("", 0)), "");
        assertThat(lines)
                .containsExactly(
                        "127.0.0.1:60750 accepted tcp:example.org:443 [direct] email: x@y",
                        "127.0.0.1:60750 accepted tcp:example.org:443 [direct]",
                        "127.0.0.1:60750 accepted tcp:example.org:443");
    }

    @Test
    void ipv6StandsInBrackets() {
        Destination target = Destination.udp(Address.parse("2001:db8:0::1"), 53);
        text.accepted(session("0:0:0:0:0:0:0:1", target, null), "out");
        assertThat(lines).containsExactly("[::1]:60750 accepted udp:[2001:db8::1]:53 [out]");
    }

    @Test
    void closed() {
        SessionDescriptor session = session("10.0.0.9", TARGET, new UserRef("x@y", 0));
        text.closed(session, "direct", null, CloseCause.COMPLETED, 12, 3_456, 61_234);
        assertThat(lines)
                .containsExactly("10.0.0.9:60750 closed tcp:example.org:443 [direct] email: x@y"
                        + " up: 12 down: 3456 duration: 61.234s cause: completed");
    }

    @Test
    void theServerThatTookTheSession() {
        text.closed(session("10.0.0.9", TARGET, null), "proxy", "proxy.example.org:443", CloseCause.COMPLETED, 1, 2, 3);
        assertThat(lines)
                .containsExactly("10.0.0.9:60750 closed tcp:example.org:443 [proxy] via: proxy.example.org:443"
                        + " up: 1 down: 2 duration: 0.003s cause: completed");
    }

    @Test
    void rejected() {
        text.rejected(SOURCE, CloseCause.AUTH_FAILED, "");
        text.rejected(SOURCE, CloseCause.MALFORMED, "what it was");
        assertThat(lines)
                .containsExactly(
                        "127.0.0.1:60750 rejected  invalid user",
                        "127.0.0.1:60750 rejected  malformed request: what it was");
    }

    @Test
    void theSameAsObjects() {
        SessionDescriptor session = session("::1", TARGET, new UserRef("a\"b\\\u001b\u009b\u00fc", 0));
        json.accepted(session, "direct");
        json.closed(session, "direct", "proxy.example.org:443", CloseCause.COMPLETED, 12, 3_456, 61_234);
        json.rejected(SOURCE, CloseCause.AUTH_FAILED, "");
        json.rejected(SOURCE, CloseCause.MALFORMED, "what it was");
        String members = "\"session\":\"abc\",\"source\":\"[::1]:60750\",\"inbound\":\"in\",\"network\":\"tcp\","
                + "\"target\":\"example.org:443\",\"outbound\":\"direct\","
                + "\"email\":\"a\\\"b\\\\\\u001b\\u009b\u00fc\"";
        assertThat(lines)
                .containsExactly(
                        "{\"event\":\"accepted\"," + members + "}",
                        "{\"event\":\"closed\"," + members
                                + ",\"server\":\"proxy.example.org:443\",\"up\":12,\"down\":3456,\"millis\":61234,\"cause\":\"completed\"}",
                        "{\"event\":\"rejected\",\"source\":\"127.0.0.1:60750\",\"cause\":\"invalid user\"}",
                        "{\"event\":\"rejected\",\"source\":\"127.0.0.1:60750\",\"cause\":\"malformed request\","
                                + "\"detail\":\"what it was\"}");
    }
}
