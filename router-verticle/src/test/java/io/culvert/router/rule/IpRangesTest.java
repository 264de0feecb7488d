package io.culvert.router.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.model.Address;
import io.culvert.model.Cidr;
import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpRangesTest {
    private static final int LOOKUPS = 500;

    @RepeatedTest(60)
    void agreesWithComparingPrefixesOneByOne(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<Cidr> networks = new ArrayList<>();
        for (int i = random.nextInt(40); i > 0; i--) {
            InetAddress address = anAddress(random);
            networks.add(new Cidr(address, random.nextInt(address.getAddress().length * 8 + 1)));
        }
        IpRanges ranges = IpRanges.of(networks);

        for (int i = 0; i < LOOKUPS; i++) {
            InetAddress address = networks.isEmpty() || random.nextInt(3) == 0
                    ? anAddress(random)
                    : anEdgeOf(networks.get(random.nextInt(networks.size())), random);
            assertThat(ranges.contains(address))
                    .as("%s in %s", address, networks)
                    .isEqualTo(networks.stream().anyMatch(network -> holds(network, address)));
        }
    }

    @Test
    void holdsNothingWithoutNetworks() {
        IpRanges none = IpRanges.of(List.of());
        assertThat(none.contains(ip("0.0.0.0"))).isFalse();
        assertThat(none.contains(ip("::"))).isFalse();
    }

    @Test
    void keepsTheFamiliesApart() {
        assertThat(IpRanges.of(List.of(Cidr.parse("::/0"))).contains(ip("10.0.0.1")))
                .isFalse();
        assertThat(IpRanges.of(List.of(Cidr.parse("0.0.0.0/0"))).contains(ip("::a00:1")))
                .isFalse();
    }

    @Test
    void takesAnIpv4MappedAddressForIpv4() throws UnknownHostException {
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        mapped[12] = 10;
        // The one way to an Inet6Address that Java does not turn into IPv4 by itself.
        InetAddress address = Inet6Address.getByAddress("", mapped, 0);
        assertThat(address.getAddress()).hasSize(16);
        assertThat(IpRanges.of(List.of(Cidr.parse("10.0.0.0/8"))).contains(address))
                .isTrue();
        assertThat(IpRanges.of(List.of(Cidr.parse("::/0"))).contains(address)).isFalse();
    }

    @Test
    void readsNetworks() {
        assertThat(Cidr.parse("10.1.2.3/8").toString()).isEqualTo("10.1.2.3/8");
        assertThat(Cidr.parse("192.0.2.1").prefixLength()).isEqualTo(32);
        assertThat(Cidr.parse("2001:db8::1").prefixLength()).isEqualTo(128);
        assertThat(Cidr.parse("::ffff:10.0.0.0/8")).isEqualTo(Cidr.parse("10.0.0.0/8"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "::/129",
                "10.0.0.0/8/8",
                "010.0.0.0/8",
                "a.b"
            })
    void refusesWhatIsNoNetwork(String text) {
        assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesTheFirstNetworksAndCountsTheRest() {
        List<Cidr> networks = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            networks.add(Cidr.parse("10." + i + ".0.0/16"));
        }
        assertThat(IpRanges.of(networks))
                .hasToString("[10.0.0.0/16, 10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16] and 2 more");
    }

    private static boolean holds(Cidr network, InetAddress address) {
        byte[] one = network.address().getAddress();
        byte[] other = address.getAddress();
        if (one.length != other.length) {
            return false;
        }
        int dropped = one.length * 8 - network.prefixLength();
        return new BigInteger(1, one).shiftRight(dropped).equals(new BigInteger(1, other).shiftRight(dropped));
    }

    /** The first or last address of a network, or the one just outside. */
    private static InetAddress anEdgeOf(Cidr network, Random random) {
        int length = network.address().getAddress().length;
        BigInteger size = BigInteger.ONE.shiftLeft(length * 8 - network.prefixLength());
        BigInteger address = new BigInteger(1, network.address().getAddress());
        BigInteger first = address.subtract(address.mod(size));
        BigInteger edge = switch (random.nextInt(4)) {
            case 0 -> first;
            case 1 -> first.subtract(BigInteger.ONE);
            case 2 -> first.add(size);
            default -> first.add(size).subtract(BigInteger.ONE);
        };
        byte[] bytes = edge.mod(BigInteger.ONE.shiftLeft(length * 8)).toByteArray();
        byte[] raw = new byte[length];
        int count = Math.min(length, bytes.length);
        System.arraycopy(bytes, bytes.length - count, raw, length - count, count);
        return Address.ofIp(raw).value();
    }

    /** Addresses close to one another, so that networks overlap and touch. */
    private static InetAddress anAddress(Random random) {
        byte[] raw = new byte[random.nextBoolean() ? 4 : 16];
        raw[0] = (byte) (random.nextBoolean() ? 0xff : random.nextInt(3));
        raw[1] = (byte) random.nextInt(3);
        raw[raw.length - 1] = (byte) random.nextInt();
        if (random.nextInt(4) == 0) {
            random.nextBytes(raw);
        }
        return Address.ofIp(raw).value();
    }

    private static InetAddress ip(String text) {
        return ((Address.Ip) Address.parse(text)).value();
    }
}
