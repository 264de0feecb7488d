package io.culvert.transport.raw;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DialFaultTest {
    private static final InetSocketAddress FOUR = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 443);
    private static final InetSocketAddress SIX = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 80);

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of(new ConnectException("Connection refused: /192.0.2.1:443"), "connection refused"),
                Arguments.of(
                        new ConnectException("connect(..) failed with error(-111): Connection refused: /192.0.2.1:443"),
                        "connection refused"),
                Arguments.of(
                        new IOException("connect(..) failed with error(-101): Network is unreachable"),
                        "network is unreachable"),
                Arguments.of(new NoRouteToHostException("No route to host: /192.0.2.1:443"), "no route to host"),
                Arguments.of(new ConnectTimeoutException("whatever"), "no answer within 5000 ms"),
                Arguments.of(new UnsupportedAddressTypeException(), "the system has no sockets of this address family"),
                Arguments.of(new ClosedChannelException(), "closed before it was connected"),
                Arguments.of(new IOException(), "IOException"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void theAddressAndTheSystemsError(Throwable fault, String error) {
        assertThat(DialFault.of(FOUR, fault)).hasMessage("192.0.2.1:443: " + error);
        assertThat(DialFault.text(SIX, fault)).isEqualTo("[2001:db8:0:0:0:0:0:1]:80: " + error);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void theCause(Throwable fault, String error) {
        CloseCause expected = error.contains("refused")
                ? CloseCause.DIAL_REFUSED
                : fault instanceof ConnectTimeoutException ? CloseCause.DIAL_TIMEOUT : CloseCause.DIAL_UNREACHABLE;
        assertThat(DialFault.causeOf(fault)).isEqualTo(expected);
    }
}
