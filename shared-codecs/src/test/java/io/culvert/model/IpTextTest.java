package io.culvert.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpTextTest {

    /** The examples of RFC 5952, sections 4 and 5, and their like. */
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "2001:0DB8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1, 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1",
        "2001:db8:0:0:0:0:0:AB, 2001:db8::ab",
        "0:1:0:1:0:1:0:1, 0:1:0:1:0:1:0:1",
        "0:0:0:1:0:0:0:0, 0:0:0:1::",
        "1:0:0:2:0:0:3:4, 1::2:0:0:3:4"
    })
    void isTheOneForm(String written, String text) {
        assertThat(IpText.of(InetAddress.ofLiteral(written))).isEqualTo(text);
        assertThat(Address.parse(written).text()).isEqualTo(text);
    }

    @Test
    void isReadAsTheSameAddress() {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        for (int i = 0; i < 10_000; i++) {
            byte[] raw = new byte[16];
            for (int at = 0; at < raw.length; at += 2) {
                // Zero groups in every arrangement.
                if (random.nextBoolean()) {
                    raw[at] = (byte) random.nextInt();
                    raw[at + 1] = (byte) random.nextInt();
                }
            }
            Address.Ip address = Address.ofIp(raw);
            assertThat(Address.parse(address.text())).isEqualTo(address);
        }
    }

    @Test
    void aZoneIsSaidWhereThereIsOne() throws Exception {
        byte[] linkLocal = InetAddress.ofLiteral("fe80::1").getAddress();
        assertThat(IpText.of(Inet6Address.getByAddress(null, linkLocal, 0))).isEqualTo("fe80::1");
        assertThat(IpText.of(Inet6Address.getByAddress(null, linkLocal, 7))).isEqualTo("fe80::1%7");
        assertThat(new Address.Ip(Inet6Address.getByAddress(null, linkLocal, 7)).text())
                .isEqualTo("fe80::1");
        NetworkInterface loopback =
                Objects.requireNonNull(NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress()));
        assertThat(IpText.of(Inet6Address.getByAddress(
                        null, InetAddress.ofLiteral("::1").getAddress(), loopback)))
                .isEqualTo("::1%" + loopback.getName());
    }

    @Test
    void aPortComesBehindBrackets() throws Exception {
        assertThat(IpText.of(new InetSocketAddress("192.0.2.1", 80))).isEqualTo("192.0.2.1:80");
        assertThat(IpText.of(new InetSocketAddress("2001:db8::1", 80))).isEqualTo("[2001:db8::1]:80");
        assertThat(IpText.of(new InetSocketAddress(
                        Inet6Address.getByAddress(
                                null, InetAddress.ofLiteral("::1").getAddress(), 0),
                        53)))
                .isEqualTo("[::1]:53");
        assertThat(IpText.of(InetSocketAddress.createUnresolved("a.example", 80)))
                .isEqualTo("a.example:80");
    }
}
