package io.culvert.wire.socks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.testkit.Segments;
import io.culvert.testkit.Vectors;
import io.culvert.wire.Decoded;
import io.culvert.wire.PasswordTable;
import io.culvert.wire.socks.SocksClient.Credentials;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SocksClientTest {
    /** With the address and port of nobody: RFC 1928 section 4. */
    private static final String ASSOCIATE = "05030001" + "00000000" + "0000";

    private static final Credentials ACCOUNT = new Credentials("user-dev", "secret-dev");
    private static final Destination TARGET = Destination.tcp(Address.parse("a.example"), 443);

    static Stream<JsonNode> vectors() {
        JsonNode cases = Vectors.load("socks.json").required("data").required("client");
        return StreamSupport.stream(cases.spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void sendsWhatTheReferenceSendsButForAnAssociation(JsonNode vector) {
        byte[] answers = Vectors.hex(vector, "server_bytes_hex");
        Credentials account = vector.required("name").textValue().startsWith("password") ? ACCOUNT : null;
        for (boolean optimistic : new boolean[] {true, false}) {
            for (long seed = 0; seed < 20; seed++) {
                SocksClient client = new SocksClient(account, optimistic, target(vector));
                Run run = new Run(client);
                ByteBuf in = Unpooled.buffer();
                if (seed == 0) {
                    Segments.oneByOne(answers, in, run::feed);
                } else {
                    Segments.randomly(answers, seed, in, run::feed);
                }
                assertThat(ByteBufUtil.hexDump(run.out))
                        .isEqualTo(
                                target(vector).network() == Network.UDP
                                        ? "050100" + ASSOCIATE
                                        : vector.required("client_bytes_hex").textValue());
                if (vector.required("result").textValue().equals("failed")) {
                    assertThat(run.last).isInstanceOf(Decoded.Malformed.class);
                    continue;
                }
                assertThat(in.isReadable()).isFalse();
                assertThat(run.last).isInstanceOf(Decoded.Complete.class);
                if (vector.has("udp_relay")) {
                    Destination bound = ((Decoded.Complete<Destination>) run.last).value();
                    assertThat(SocksClient.relay(bound, Address.parse("9.9.9.9"))
                                    .authority())
                            .isEqualTo(vector.required("udp_relay").textValue());
                }
            }
        }
    }

    @Test
    void thePasswordWaitsForTheMethodUnlessTold() {
        ByteBuf patient = Unpooled.buffer();
        new SocksClient(ACCOUNT, false, TARGET).start(patient);
        assertThat(ByteBufUtil.hexDump(patient)).isEqualTo("050102");
        ByteBuf eager = Unpooled.buffer();
        new SocksClient(ACCOUNT, true, TARGET).start(eager);
        assertThat(ByteBufUtil.hexDump(eager)).isEqualTo("050102" + "0108757365722d646576" + "0a7365637265742d646576");
    }

    @Test
    void bytesBehindTheAnswerAreLeft() {
        ByteBuf in = hex("0500" + "05000001000000000000" + "aabb");
        assertThat(started(null).receive(in, Unpooled.buffer())).isInstanceOf(Decoded.Complete.class);
        assertThat(ByteBufUtil.hexDump(in)).isEqualTo("aabb");
    }

    @Test
    void everyRefusalIsAValue() {
        for (String answers : List.of(
                "0400", // not version 5
                "05ff", // no method
                "0502", // a password though none was offered
                "0500" + "0505", // refused; nothing behind the code
                "0500" + "04", // not version 5
                "0500" + "05000009")) { // no such address type
            assertThat(started(null).receive(hex(answers), Unpooled.buffer()))
                    .as(answers)
                    .isInstanceOfSatisfying(
                            Decoded.Malformed.class,
                            malformed -> assertThat(malformed.cause()).isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED));
        }
        for (String answers : List.of("0500", "050201ff", "05020101")) {
            assertThat(started(ACCOUNT).receive(hex(answers), Unpooled.buffer()))
                    .as(answers)
                    .isInstanceOf(Decoded.Malformed.class);
        }
    }

    @Test
    void anUnspecifiedRelayAddressMeansTheServer() {
        Address server = Address.parse("9.9.9.9");
        assertThat(SocksClient.relay(Destination.udp(Address.parse("0.0.0.0"), 5), server))
                .isEqualTo(Destination.udp(server, 5));
        assertThat(SocksClient.relay(Destination.udp(Address.parse("::"), 5), server))
                .isEqualTo(Destination.udp(server, 5));
        assertThat(SocksClient.relay(Destination.udp(Address.parse("1.2.3.4"), 5), server))
                .isEqualTo(Destination.udp(Address.parse("1.2.3.4"), 5));
    }

    @Test
    void clientAndServerUnderstandEachOther() {
        PasswordTable<String> accounts =
                PasswordTable.of(Map.of("user-dev", new PasswordTable.Account<>("secret-dev", "u")), new Random(4));
        for (String host : List.of("a.example", "1.2.3.4", "2001:db8::1")) {
            for (boolean udp : new boolean[] {true, false}) {
                for (boolean optimistic : new boolean[] {true, false}) {
                    Address address = Address.parse(host);
                    Destination target = udp ? Destination.udp(address, 53) : Destination.tcp(address, 53);
                    SocksClient client = new SocksClient(ACCOUNT, optimistic, target);
                    SocksServer<String> server = new SocksServer<>(
                            new SocksServerOptions<>(accounts, true, null),
                            Destination.tcp(Address.parse("127.0.0.1"), 1080),
                            (Address.Ip) Address.parse("127.0.0.1"));
                    ByteBuf toServer = Unpooled.buffer();
                    ByteBuf toClient = Unpooled.buffer();
                    client.start(toServer);
                    Decoded<SocksRequest<String>> request = server.receive(toServer, toClient);
                    while (request instanceof Decoded.NeedMore<SocksRequest<String>>) {
                        assertThat(client.receive(toClient, toServer)).isInstanceOf(Decoded.NeedMore.class);
                        request = server.receive(toServer, toClient);
                    }
                    assertThat(request)
                            .isEqualTo(Decoded.complete(new SocksRequest<>(
                                    udp ? Destination.udp(Address.parse("0.0.0.0"), 0) : target, "u")));
                    assertThat(client.receive(toClient, toServer)).isInstanceOf(Decoded.Complete.class);
                }
            }
        }
    }

    @Test
    void credentialsAreBoundedAndHidden() {
        assertThatThrownBy(() -> new Credentials("u".repeat(256), "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Credentials("", "ö".repeat(128))).isInstanceOf(IllegalArgumentException.class);
        assertThat(ACCOUNT.toString()).doesNotContain("secret");
    }

    @Test
    void aNegotiationStartsOnce() {
        SocksClient client = started(null);
        assertThatThrownBy(() -> client.start(Unpooled.buffer())).isInstanceOf(IllegalStateException.class);
        SocksClient silent = new SocksClient(null, false, TARGET);
        assertThatThrownBy(() -> silent.receive(hex("0500"), Unpooled.buffer()))
                .isInstanceOf(IllegalStateException.class);
    }

    private static Destination target(JsonNode vector) {
        Address address = Address.parse(vector.required("address").textValue());
        int port = vector.required("port").intValue();
        return vector.required("name").textValue().startsWith("udp")
                ? Destination.udp(address, port)
                : Destination.tcp(address, port);
    }

    private static SocksClient started(@Nullable Credentials credentials) {
        SocksClient client = new SocksClient(credentials, false, TARGET);
        client.start(Unpooled.buffer());
        return client;
    }

    private static ByteBuf hex(String hex) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
    }

    private static final class Run {
        private final SocksClient client;
        private final ByteBuf out = Unpooled.buffer();
        private Decoded<Destination> last = Decoded.needMore();

        Run(SocksClient client) {
            this.client = client;
            client.start(out);
        }

        boolean feed(ByteBuf in) {
            last = client.receive(in, out);
            return !(last instanceof Decoded.NeedMore<Destination>);
        }
    }
}
