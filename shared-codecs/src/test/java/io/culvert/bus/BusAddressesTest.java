package io.culvert.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BusAddressesTest {

    static Stream<UnaryOperator<String>> ofOneNode() {
        return Stream.of(
                BusAddresses::router,
                BusAddresses::status,
                BusAddresses::query,
                BusAddresses::drain,
                BusAddresses::config);
    }

    @ParameterizedTest
    @MethodSource("ofOneNode")
    void anAddressNamesItsNode(UnaryOperator<String> address) {
        assertThat(BusAddresses.nodeOf(address.apply("eu.exit-1.0a1b2c3d"))).isEqualTo("eu.exit-1.0a1b2c3d");
    }

    @Test
    void whatStaysWithinANodeNamesNone() {
        assertThat(BusAddresses.nodeOf(BusAddresses.NODE_STATUS)).isNull();
        assertThat(BusAddresses.nodeOf(BusAddresses.NODE_QUERY)).isNull();
        assertThat(BusAddresses.nodeOf("__vertx.reply.1")).isNull();
    }
}
