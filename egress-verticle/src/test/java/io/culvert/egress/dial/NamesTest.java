package io.culvert.egress.dial;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.TestLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files of a system, and name servers that the test plays. */
class NamesTest {
    private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress TWO = InetAddress.ofLiteral("192.0.2.2");

    @TempDir
    Path folder;

    private final TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
    private final DnsServer dns = new DnsServer();
    private Path resolvConf = Path.of("");
    private Path hosts = Path.of("");

    NamesTest() throws IOException {}

    @BeforeEach
    void files() throws IOException {
        resolvConf = folder.resolve("resolv.conf");
        hosts = folder.resolve("hosts");
        Files.writeString(resolvConf, "# a comment\nsearch near.test  far.test\nnameserver 127.0.0.1\n");
        Files.writeString(hosts, "127.0.0.1 localhost\n");
    }

    @AfterEach
    void close() throws Exception {
        dns.close();
        loop.close();
    }

    private Names names() {
        return new Names(new ResolverFiles(resolvConf, hosts, dns.address().getPort()), 500, 0);
    }

    private Future<List<InetAddress>> resolve(Names names, String name) {
        Future<List<InetAddress>> found = names.resolve(name, loop.loop());
        assertThat(found.awaitUninterruptibly(Await.LONG.toMillis())).isTrue();
        return found;
    }

    @Test
    void theHostsFileComesFirst() throws Exception {
        Files.writeString(hosts, "192.0.2.2 Here.test alias\n2001:db8::1 here.test\n");
        dns.put("here.test", "192.0.2.1").put("there.test", "192.0.2.1");
        try (Names names = names()) {
            assertThat(resolve(names, "here.TEST").getNow()).containsExactly(TWO, InetAddress.ofLiteral("2001:db8::1"));
            assertThat(resolve(names, "alias").getNow()).containsExactly(TWO);
            assertThat(resolve(names, "there.test").getNow()).containsExactly(ONE);
        }
    }

    @Test
    void theSearchListIsWalked() throws Exception {
        dns.put("printer.far.test", "192.0.2.1");
        try (Names names = names()) {
            assertThat(resolve(names, "printer").getNow()).containsExactly(ONE);
        }
    }

    @Test
    void aChangedFileIsTaken() throws Exception {
        dns.put("moves.test", "192.0.2.1");
        try (DnsServer other = new DnsServer("127.0.0.7", dns.address().getPort());
                Names names = names()) {
            other.put("moves.test", "192.0.2.2");
            assertThat(resolve(names, "moves.test").getNow()).containsExactly(ONE);
            assertThat(resolve(names, "new.test").isSuccess()).isFalse();
            Files.writeString(resolvConf, "nameserver 127.0.0.7\noptions ndots:2\n");
            Await.until("the other server's answer", () -> TWO.equals(firstOf(names, "moves.test")));
            Files.writeString(hosts, "192.0.2.1 new.test\n");
            Await.until("the new line of hosts", () -> ONE.equals(firstOf(names, "new.test")));
        }
    }

    private InetAddress firstOf(Names names, String name) {
        Future<List<InetAddress>> found = resolve(names, name);
        return found.isSuccess() ? found.getNow().getFirst() : InetAddress.getLoopbackAddress();
    }

    /** A name that failed is asked for again, at once. */
    @Test
    void failuresAreNotKept() throws Exception {
        try (Names names = names()) {
            assertThat(resolve(names, "later.test").isSuccess()).isFalse();
            dns.put("later.test", "192.0.2.1");
            assertThat(resolve(names, "later.test").getNow()).containsExactly(ONE);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3 | no such name",
                "2 | the name server answered SERVFAIL",
                "5 | the name server answered REFUSED",
                "0 | the name has none",
                "-1 | no answer from name server 127.0.0.1",
            })
    void theReasonIsTheResolvers(int code, String reason) throws Exception {
        Files.writeString(resolvConf, "nameserver 127.0.0.1\n");
        if (code == 0) {
            dns.put("some.test");
        } else {
            dns.fail("some.test", code);
        }
        try (Names names = names()) {
            assertThat(resolve(names, "some.test").cause())
                    .hasMessage("no address for some.test: " + reason)
                    .isInstanceOfSatisfying(
                            SessionFailure.class,
                            failure -> assertThat(failure.closeCause()).isEqualTo(CloseCause.NAME_NOT_FOUND));
        }
    }

    @Test
    void withoutAFileTheSystemsDefaultsServe() throws Exception {
        Files.delete(resolvConf);
        Files.delete(hosts);
        ResolverFiles none = new ResolverFiles(resolvConf, hosts, 53);
        assertThat(none.stamp()).isEqualTo(none.stamp());
        assertThat(none.read().search()).isEmpty();
    }

    @Test
    void whatAFileSays() throws Exception {
        Files.writeString(resolvConf, """
                domain old.test
                search one.test two.test
                nameserver nonsense
                nameserver 2001:db8::53
                nameserver
                 nameserver 192.0.2.53
                options timeout:1 ndots:99 rotate
                """);
        ResolverFiles.Content read = new ResolverFiles(resolvConf, hosts, 53).read();
        assertThat(read.search()).containsExactly("one.test", "two.test");
        assertThat(read.ndots()).isEqualTo(15);
        var servers = read.servers().nameServerAddressStream("any");
        assertThat(servers.size()).isEqualTo(2);
        assertThat(servers.next().getAddress().getHostAddress()).isEqualTo("2001:db8:0:0:0:0:0:53");
    }
}
