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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The lines of the access log, letter for letter. */
class AccessLinesTest {
    private static final Destination TARGET = Destination.tcp(Address.parse("example.org"), 443);

    private static SessionDescriptor session(String source, Destination target, @Nullable UserRef user) {
        return new SessionDescriptor(
                1,
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
        assertThat(AccessLines.accepted(session("127.0.0.1", TARGET, new UserRef("x@y", 0)), "direct"))
                .isEqualTo("127.0.0.1:60750 accepted tcp:example.org:443 [direct] email: x@y");
        assertThat(AccessLines.accepted(session("127.0.0.1", TARGET, null), "direct"))
                .isEqualTo("127.0.0.1:60750 accepted tcp:example.org:443 [direct]");
        assertThat(AccessLines.accepted(session("127.0.0.1", TARGET, new UserRef("", 0)), ""))
                .isEqualTo("127.0.0.1:60750 accepted tcp:example.org:443");
    }

    @Test
    void ipv6StandsInBrackets() {
        Destination target = Destination.udp(Address.parse("2001:db8::1"), 53);
        assertThat(AccessLines.accepted(session("::1", target, null), "out"))
                .isEqualTo("[0:0:0:0:0:0:0:1]:60750 accepted udp:[2001:db8:0:0:0:0:0:1]:53 [out]");
    }

    @Test
    void closed() {
        assertThat(AccessLines.closed(
                        session("10.0.0.9", TARGET, new UserRef("x@y", 0)),
                        "direct",
                        null,
                        CloseCause.COMPLETED,
                        12,
                        3_456,
                        61_234))
                .isEqualTo("10.0.0.9:60750 closed tcp:example.org:443 [direct] email: x@y"
                        + " up: 12 down: 3456 duration: 61.234s cause: completed");
    }

    @Test
    void theServerThatTookTheSession() {
        assertThat(AccessLines.closed(
                        session("10.0.0.9", TARGET, null),
                        "proxy",
                        "proxy.example.org:443",
                        CloseCause.COMPLETED,
                        1,
                        2,
                        3))
                .isEqualTo("10.0.0.9:60750 closed tcp:example.org:443 [proxy] via: proxy.example.org:443"
                        + " up: 1 down: 2 duration: 0.003s cause: completed");
    }

    @Test
    void rejected() {
        InetSocketAddress source = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 60_750);
        assertThat(AccessLines.rejected(source, CloseCause.AUTH_FAILED, ""))
                .isEqualTo("127.0.0.1:60750 rejected  invalid user");
        assertThat(AccessLines.rejected(source, CloseCause.MALFORMED, "what it was"))
                .isEqualTo("127.0.0.1:60750 rejected  malformed request: what it was");
    }
}
