package io.culvert.egress.dial;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.egress.TestOrders;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.TargetOrigin;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressGuardTest {
    private static final Set<InetSocketAddress> FARM = Set.of(TestOrders.address("10.0.0.6", 7443));

    private static final Destination ANYWHERE = Destination.tcp(Address.parse("example.org"), 80);

    private static AddressGuard guard(InetSocketAddress... ownListeners) {
        return new AddressGuard(TestOrders.NODE, () -> Set.of(ownListeners), () -> FARM, Set.of());
    }

    @Test
    void whatTheFarmListensOnIsNeverDialledEvenWhereNothingElseIsJudged() {
        AddressGuard guard = guard();
        assertThat(guard.permits(TestOrders.address("10.0.0.6", 7443), false)).isFalse();
        assertThat(guard.permits(TestOrders.address("10.0.0.6", 7443), true)).isFalse();
        assertThat(guard.permits(TestOrders.address("10.0.0.6", 7444), false)).isTrue();
        assertThat(guard.permits(TestOrders.address("10.0.0.7", 7443), false)).isTrue();
        assertThat(guard.permits(TestOrders.address("10.0.0.6", 7444), true)).isFalse();
    }

    private static boolean permits(AddressGuard guard, String ip, int port) {
        return guard.permits(TestOrders.address(ip, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // "This network", and what systems take for this host
                "0.0.0.0",
                "0.0.0.1",
                "0.1.2.3",
                "0.255.255.255",
                // private
                "10.0.0.0",
                "10.0.0.1",
                "10.1.2.3",
                "10.255.255.255",
                "172.16.0.0",
                "172.16.0.1",
                "172.20.10.2",
                "172.31.255.255",
                "192.168.0.0",
                "192.168.0.1",
                "192.168.1.254",
                "192.168.255.255",
                // shared by carriers
                "100.64.0.0",
                "100.64.0.1",
                "100.100.100.200",
                "100.127.255.255",
                // loopback
                "127.0.0.0",
                "127.0.0.1",
                "127.0.0.2",
                "127.1.2.3",
                "127.255.255.255",
                // link-local, with the metadata service of clouds
                "169.254.0.0",
                "169.254.169.254",
                "169.254.170.2",
                "169.254.255.255",
                // protocol assignments, benchmarks
                "192.0.0.0",
                "192.0.0.1",
                "192.0.0.170",
                "192.0.0.192",
                "192.0.0.255",
                "198.18.0.0",
                "198.18.0.1",
                "198.19.255.255",
                // documentation, and the relays of 6to4
                "192.0.2.0",
                "192.0.2.255",
                "198.51.100.0",
                "198.51.100.255",
                "203.0.113.0",
                "203.0.113.255",
                "192.88.99.0",
                "192.88.99.1",
                "192.88.99.255",
                "2001:db8::",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "3fff::1",
                "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                // discarded, benchmarks, identifiers of segment routing
                "100::1",
                "2001:2::1",
                "5f00::1",
                // multicast, reserved, broadcast
                "224.0.0.0",
                "224.0.0.1",
                "224.0.0.251",
                "232.1.2.3",
                "239.255.255.250",
                "239.255.255.255",
                "240.0.0.0",
                "240.0.0.1",
                "250.1.2.3",
                "255.255.255.254",
                "255.255.255.255",
                // the same in brackets, which only IPv6 may have
                "[::1]",
                "[::]",
                "[fe80::1]",
                "[fd00::1]",
                // IPv6: unspecified, loopback and IPv4-compatible
                "::",
                "0:0:0:0:0:0:0:0",
                "::1",
                "0:0:0:0:0:0:0:1",
                "0000:0000:0000:0000:0000:0000:0000:0001",
                "::127.0.0.1",
                "::7f00:1",
                "::8.8.8.8",
                "::ffff",
                // IPv4-mapped, in its spellings
                "::ffff:127.0.0.1",
                "::ffff:7f00:1",
                "::FFFF:127.0.0.1",
                "0:0:0:0:0:ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:a00:1",
                "::ffff:169.254.169.254",
                "::ffff:a9fe:a9fe",
                "::ffff:192.168.1.1",
                "::ffff:0.0.0.0",
                "[::ffff:127.0.0.1]",
                "::ffff:172.16.0.1",
                // IPv4-translated
                "::ffff:0:127.0.0.1",
                "::ffff:0:7f00:1",
                "::ffff:0:10.0.0.1",
                // NAT64, well known and local
                "64:ff9b::127.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b::10.0.0.1",
                "64:ff9b:0:0:0:0:0:1",
                "64:ff9b:1::",
                "64:ff9b:1::1",
                "64:ff9b:1:ffff::7f00:1",
                // 6to4 and Teredo carry an IPv4 address
                "2002::",
                "2002:7f00:1::",
                "2002:a00:1::1",
                "2002:c0a8:101::1",
                "2002:a9fe:a9fe::",
                "2001::",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:0:7f00:1::",
                "2001:0000::1",
                // unique local, link-local, site-local, multicast
                "fc00::",
                "fc00::1",
                "fd00::1",
                "fd12:3456:789a:1::1",
                "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "fe80::",
                "fe80::1",
                "fe80::a9fe:a9fe",
                "febf:ffff::1",
                "fec0::",
                "fec0::1",
                "feff::1",
                "ff00::",
                "ff01::1",
                "ff02::1",
                "ff02::fb",
                "ff05::2",
                "ff0e::1",
                "ffff:ffff::1",
                "FE80::1",
                "FC00::1",
                "Fd00::1"
            })
    void isForbidden(String ip) {
        assertThat(permits(guard(), ip, 80)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.0",
                "192.0.3.0",
                "192.88.98.255",
                "192.88.100.0",
                "198.51.99.255",
                "198.51.101.0",
                "203.0.112.255",
                "203.0.114.0",
                "2001:db7:ffff::1",
                "2001:db9::1",
                "2001:2:1::1",
                "3fff:1000::1",
                "100:0:0:1::1",
                "191.255.255.255",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "::ffff:8.8.8.8",
                "2001:1::1",
                "2001:4860:4860::8888",
                "2606:4700:4700::1111",
                "2003::1",
                "2a00::1",
                "fbff::1",
                "64:ff9c::1",
                "64:ff9b:2::1",
                "[2001:4860:4860::8888]"
            })
    void isPermitted(String ip) {
        assertThat(permits(guard(), ip, 80)).isTrue();
    }

    /** Other readers take these for addresses; here they are names, and what a name resolves to is judged. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "0",
                        "00.0.0.0",
                "127.0.0.01", "127.0.0.1.", "0x7f.1", "10.1", "192.168.257", "256.0.0.1", "1.2.3.4.5", "127.0.0",
                        "127..0.1",
                "localhost", "LOCALHOST", "localhost.", "metadata.google.internal"
            })
    void isAName(String text) {
        assertThat(Address.parse(text)).isInstanceOf(Address.Domain.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[127.0.0.1]", "fe80::1%eth0", "fe80::1%1", "[fe80::1%25eth0]", "::1%lo", "127。0。0。1", "１２７.0.0.1",
                        "①②⑦.0.0.1",
                " 127.0.0.1", "127.0.0.1 ", "127.0.0.1\u0000", "127.0.0.1:80", "::ffff:127.0.0.1:80", "[::1", "::1]",
                        "user@127.0.0.1",
                "127.0.0.1/8", ":::1", "::1::", "1:2:3:4:5:6:7:8:9", "::ffff:127.0.0.256", "::ffff:0x7f.1", ""
            })
    void isNothingAtAll(String text) {
        assertThat(parses(text)).isFalse();
    }

    private static boolean parses(String text) {
        try {
            Address.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void strangersAreJudged() {
        assertThat(applies(TestOrders.STRANGER, TargetOrigin.CLIENT, TestOrders.NODE, false))
                .isTrue();
    }

    @Test
    void aTargetOfTheOperatorIsNot() {
        assertThat(applies(TestOrders.STRANGER, TargetOrigin.OPERATOR, TestOrders.NODE, false))
                .isFalse();
    }

    @Test
    void aLoopbackClientOfThisNodeIsNot() {
        assertThat(applies(TestOrders.LOCAL, TargetOrigin.CLIENT, TestOrders.NODE, false))
                .isFalse();
        assertThat(applies(TestOrders.address("::1", 1), TargetOrigin.CLIENT, TestOrders.NODE, false))
                .isFalse();
        assertThat(applies(TestOrders.address("127.9.9.9", 1), TargetOrigin.CLIENT, TestOrders.NODE, false))
                .isFalse();
    }

    /** Loopback of another node is not this host. */
    @Test
    void aLoopbackClientOfAnotherNodeIsJudged() {
        assertThat(applies(TestOrders.LOCAL, TargetOrigin.CLIENT, "n2", false)).isTrue();
    }

    @Test
    void aPrivateClientIsJudged() {
        assertThat(applies(TestOrders.address("192.168.1.5", 1), TargetOrigin.CLIENT, TestOrders.NODE, false))
                .isTrue();
    }

    @Test
    void anUnresolvedSourceIsJudged() {
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("localhost", 1);
        assertThat(applies(unresolved, TargetOrigin.CLIENT, TestOrders.NODE, false))
                .isTrue();
    }

    @Test
    void nobodyIsWhereTheOutboundAllowsPrivate() {
        assertThat(applies(TestOrders.STRANGER, TargetOrigin.CLIENT, "n2", true))
                .isFalse();
    }

    private static boolean applies(InetSocketAddress source, TargetOrigin origin, String node, boolean allowPrivate) {
        SessionDescriptor session = TestOrders.session(node, source, ANYWHERE, origin);
        return guard().appliesTo(session, allowPrivate);
    }

    @Test
    void theNodesOwnListenersAreForbidden() {
        AddressGuard guard = guard(TestOrders.address("8.8.4.4", 443));
        assertThat(permits(guard, "8.8.4.4", 443)).isFalse();
        assertThat(permits(guard, "8.8.4.4", 444)).isTrue();
        assertThat(permits(guard, "8.8.8.8", 443)).isTrue();
    }

    @Test
    void aWildcardListenerIsEveryAddressOfThisHost() throws Exception {
        AddressGuard guard = guard(TestOrders.address("0.0.0.0", 443));
        for (InetAddress own : ownAddresses()) {
            assertThat(guard.permits(new InetSocketAddress(own, 443))).isFalse();
        }
        assertThat(permits(guard, "8.8.8.8", 443)).isTrue();
    }

    private static List<InetAddress> ownAddresses() throws Exception {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .toList();
    }

    @Test
    void noPortOfThisHostIsReached() throws Exception {
        assertThat(ownAddresses())
                .isNotEmpty()
                .allSatisfy(own -> assertThat(guard().permits(new InetSocketAddress(own, 8080), true))
                        .isFalse());
    }

    @Test
    void theAdminServerIsNeverReachedWhateverIsAllowed() throws Exception {
        AddressGuard loopback = guarding("127.0.0.1");
        assertThat(loopback.permits(TestOrders.address("127.0.0.1", 9800), false))
                .isFalse();
        assertThat(loopback.permits(TestOrders.address("::ffff:127.0.0.1", 9800), false))
                .isFalse();
        assertThat(loopback.permits(TestOrders.address("0.0.0.0", 9800), false)).isFalse();
        assertThat(loopback.permits(TestOrders.address("127.0.0.1", 9801), false))
                .isTrue();
        assertThat(loopback.permits(TestOrders.address("127.0.0.2", 9800), false))
                .isTrue();
        for (String wildcard : List.of("0.0.0.0", "::")) {
            AddressGuard everywhere = guarding(wildcard);
            for (String local : List.of("127.0.0.1", "127.8.8.8", "0.0.0.0", "::", "::1")) {
                assertThat(everywhere.permits(TestOrders.address(local, 9800), false))
                        .as(local)
                        .isFalse();
            }
            for (InetAddress own : ownAddresses()) {
                assertThat(everywhere.permits(new InetSocketAddress(own, 9800), false))
                        .isFalse();
                assertThat(everywhere.permits(new InetSocketAddress(own, 9801), false))
                        .isTrue();
            }
            assertThat(everywhere.permits(TestOrders.address("8.8.8.8", 9800), true))
                    .isTrue();
        }
    }

    private static AddressGuard guarding(String admin) {
        return new AddressGuard(TestOrders.NODE, Set::of, Set::of, Set.of(TestOrders.address(admin, 9800)));
    }
}
