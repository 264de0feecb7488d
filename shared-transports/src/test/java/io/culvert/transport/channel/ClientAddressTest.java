package io.culvert.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.junit.jupiter.api.Test;

class ClientAddressTest {
    private static final InetAddress BALANCED = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress WRITTEN = InetAddress.ofLiteral("192.0.2.2");
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private static Channel from(InetAddress address) {
        return new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return new InetSocketAddress(address, 7);
            }
        };
    }

    @Test
    void rulesBelieveARequestsHeaderAndRightsDoNot() {
        Channel channel = from(LOOPBACK);
        ClientAddress.forwarded(channel, WRITTEN);
        assertThat(ClientAddress.of(channel).getAddress()).isEqualTo(WRITTEN);
        assertThat(ClientAddress.peer(channel)).isEqualTo(new InetSocketAddress(LOOPBACK, 7));
    }

    @Test
    void aBalancerIsBelievedByBoth() {
        Channel channel = from(LOOPBACK);
        ClientAddress.set(channel, new InetSocketAddress(BALANCED, 9));
        assertThat(ClientAddress.of(channel)).isEqualTo(new InetSocketAddress(BALANCED, 9));
        assertThat(ClientAddress.peer(channel)).isEqualTo(new InetSocketAddress(BALANCED, 9));
        ClientAddress.forwarded(channel, WRITTEN);
        assertThat(ClientAddress.of(channel).getAddress()).isEqualTo(WRITTEN);
        assertThat(ClientAddress.peer(channel).getAddress()).isEqualTo(BALANCED);
    }

    @Test
    void nobodyBecomesALocalClientByWhatIsSaid() {
        Channel channel = from(BALANCED);
        ClientAddress.set(channel, new InetSocketAddress(LOOPBACK, 9));
        ClientAddress.forwarded(channel, LOOPBACK);
        ClientAddress.forwarded(channel, InetAddress.ofLiteral("0.0.0.0"));
        ClientAddress.forwarded(channel, null);
        assertThat(ClientAddress.of(channel)).isEqualTo(new InetSocketAddress(BALANCED, 7));
    }

    @Test
    void whoIsSaidToBeAnotherDoesNotBecomeLocalAgain() {
        Channel channel = from(LOOPBACK);
        ClientAddress.forwarded(channel, WRITTEN);
        ClientAddress.forwarded(channel, LOOPBACK);
        assertThat(ClientAddress.of(channel).getAddress()).isEqualTo(WRITTEN);
    }
}
