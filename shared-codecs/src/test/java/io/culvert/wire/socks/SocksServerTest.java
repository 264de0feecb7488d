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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SocksServerTest {
    private static final PasswordTable<String> ACCOUNTS =
            PasswordTable.of(Map.of("user-dev", new PasswordTable.Account<>("secret-dev", "user-dev")), new Random(5));
    private static final Destination LISTEN = Destination.tcp(Address.parse("127.0.0.1"), 1080);
    private static final Address.Ip CLIENT = (Address.Ip) Address.parse("127.0.0.1");

    static Stream<JsonNode> vectors() {
        JsonNode cases = Vectors.load("socks.json").required("data").required("server");
        return StreamSupport.stream(cases.spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void answersAsTheReferenceDoes(JsonNode vector) {
        ByteBuf in = Unpooled.wrappedBuffer(Vectors.hex(vector, "client_bytes_hex"));
        ByteBuf out = Unpooled.buffer();
        Decoded<SocksRequest<String>> result = server(vector).receive(in, out);
        check(vector, result, out);
        assertThat(in.readableBytes())
                .isEqualTo(vector.required("client_bytes_left").intValue());
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void segmentationDoesNotMatterAndPayloadIsLeft(JsonNode vector) {
        byte[] sent = Vectors.hex(vector, "client_bytes_hex");
        byte[] stream = Arrays.copyOf(sent, sent.length + 9);
        for (long seed = 0; seed < 30; seed++) {
            Run run = new Run(server(vector));
            ByteBuf in = Unpooled.buffer();
            if (seed == 0) {
                Segments.oneByOne(stream, in, run::feed);
            } else {
                Segments.randomly(stream, seed, in, run::feed);
            }
            check(vector, run.last, run.out);
            assertThat(in.readableBytes())
                    .isEqualTo(9 + vector.required("client_bytes_left").intValue());
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void everyTruncationWaits(JsonNode vector) {
        byte[] sent = Vectors.hex(vector, "client_bytes_hex");
        int needed = sent.length - vector.required("client_bytes_left").intValue();
        for (int length = 0; length < needed; length++) {
            Decoded<SocksRequest<String>> result =
                    server(vector).receive(Unpooled.wrappedBuffer(sent, 0, length), Unpooled.buffer());
            assertThat(result).isInstanceOf(Decoded.NeedMore.class);
        }
    }

    @Test
    void theAnsweredUdpAddressSuitsTheClient() {
        assertThat(associate(null, "127.0.0.1")).isEqualTo("0500" + "05000001" + "7f000001" + "1f90");
        assertThat(associate(null, "::1")).isEqualTo("0500" + "05000004" + "00".repeat(15) + "01" + "1f90");
        assertThat(associate(null, "127.0.0.2")).isEqualTo("0500" + "05000001" + "0a000001" + "1f90");
        assertThat(associate("203.0.113.9", "127.0.0.1")).isEqualTo("0500" + "05000001" + "cb007109" + "1f90");
    }

    @Test
    void bothTorResolveCommandsConnect() {
        for (String command : new String[] {"f0", "f1"}) {
            SocksRequest<String> request = complete("050100" + "05" + command + "000303612e620000", null);
            assertThat(request.destination()).isEqualTo(Destination.tcp(Address.parse("a.b"), 0));
            assertThat(request.isConnect()).isTrue();
        }
    }

    @Test
    void malformedRequestsEndWithoutAGrant() {
        assertThat(malformed("050100" + "04010001010203040050", null).cause()).isEqualTo(CloseCause.MALFORMED);
        assertThat(malformed("050100" + "05010002010203040050", null).cause()).isEqualTo(CloseCause.MALFORMED);
        assertThat(malformed("050100" + "050100030050", null).cause()).isEqualTo(CloseCause.MALFORMED);
        assertThat(malformed("050100" + "0501000303612062" + "0050", null).cause())
                .isEqualTo(CloseCause.MALFORMED);
        assertThat(malformed("0500", null).cause()).isEqualTo(CloseCause.AUTH_FAILED);
        assertThat(malformed("0501020108757365722d64657600", ACCOUNTS).cause()).isEqualTo(CloseCause.AUTH_FAILED);
        assertThat(malformed("0501020100" + "0a7365637265742d646576", ACCOUNTS).cause())
                .isEqualTo(CloseCause.AUTH_FAILED);
        // SOCKS 4a with a domain of foreign characters, and with none.
        assertThat(malformed("0401005000000001" + "00" + "612062" + "00", null).cause())
                .isEqualTo(CloseCause.MALFORMED);
        assertThat(malformed("0401005000000001" + "00" + "00", null).cause()).isEqualTo(CloseCause.MALFORMED);
    }

    @Test
    void textsOfSocks4AreBounded() {
        String head = "0401005001020304";
        assertThat(complete(head + "61".repeat(255) + "00", null).destination().port())
                .isEqualTo(80);
        assertThat(receive(head + "61".repeat(255), null)).isInstanceOf(Decoded.NeedMore.class);
        assertThat(malformed(head + "61".repeat(256), null).cause()).isEqualTo(CloseCause.MALFORMED);
        String named = "0401005000000001" + "00";
        assertThat(complete(named + "61".repeat(255) + "00", null).destination().address())
                .isEqualTo(new Address.Domain("a".repeat(255)));
        assertThat(malformed(named + "61".repeat(256), null).cause()).isEqualTo(CloseCause.MALFORMED);
    }

    @Test
    void theLongestGreetingAndPasswordFit() {
        String greeting = "05ff" + "01".repeat(254) + "02";
        String name = "75".repeat(255);
        PasswordTable<String> accounts = PasswordTable.of(
                Map.of("u".repeat(255), new PasswordTable.Account<>("p".repeat(255), "long")), new Random(9));
        SocksRequest<String> request =
                complete(greeting + "01ff" + name + "ff" + "70".repeat(255) + "05010001010203040050", accounts);
        assertThat(request.user()).isEqualTo("long");
    }

    @Test
    void aNegotiationIsUsedOnce() {
        SocksServer<String> server = new SocksServer<>(new SocksServerOptions<>(null, true, null), LISTEN, CLIENT);
        ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex("060100"));
        assertThat(server.receive(in, Unpooled.buffer())).isInstanceOf(Decoded.Malformed.class);
        assertThatThrownBy(() -> server.receive(in, Unpooled.buffer())).isInstanceOf(IllegalStateException.class);
    }

    private static String associate(@Nullable String configured, String client) {
        Address.Ip udpAddress = configured == null ? null : (Address.Ip) Address.parse(configured);
        SocksServer<String> server = new SocksServer<>(
                new SocksServerOptions<>(null, true, udpAddress),
                Destination.tcp(Address.parse("10.0.0.1"), 8080),
                (Address.Ip) Address.parse(client));
        ByteBuf out = Unpooled.buffer();
        byte[] sent = HexFormat.of().parseHex("05010005030001000000000000");
        assertThat(server.receive(Unpooled.wrappedBuffer(sent), out)).isInstanceOf(Decoded.Complete.class);
        return ByteBufUtil.hexDump(out);
    }

    private static SocksServer<String> server(JsonNode vector) {
        boolean password = vector.required("auth").textValue().equals("password");
        Address.Ip udpAddress = vector.has("configured_ip")
                ? (Address.Ip) Address.parse(vector.required("configured_ip").textValue())
                : null;
        return new SocksServer<>(
                new SocksServerOptions<>(
                        password ? ACCOUNTS : null,
                        vector.required("udp_enabled").booleanValue(),
                        udpAddress),
                LISTEN,
                (Address.Ip) Address.parse(vector.required("client_address").textValue()));
    }

    private static void check(JsonNode vector, Decoded<SocksRequest<String>> result, ByteBuf out) {
        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(vector.required("server_bytes_hex").textValue());
        String expected = vector.required("result").textValue();
        if (expected.equals("refused")) {
            assertThat(result).isInstanceOf(Decoded.Malformed.class);
            return;
        }
        Network network = expected.equals("connect") ? Network.TCP : Network.UDP;
        Destination destination = new Destination(
                network,
                Address.parse(vector.required("address").textValue()),
                vector.required("port").intValue());
        String user = vector.has("user") ? vector.required("user").textValue() : null;
        assertThat(result).isEqualTo(Decoded.complete(new SocksRequest<>(destination, user)));
    }

    private static Decoded<SocksRequest<String>> receive(String hex, @Nullable PasswordTable<String> accounts) {
        return new SocksServer<>(new SocksServerOptions<>(accounts, true, null), LISTEN, CLIENT)
                .receive(Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex)), Unpooled.buffer());
    }

    private static SocksRequest<String> complete(String hex, @Nullable PasswordTable<String> accounts) {
        Decoded<SocksRequest<String>> result = receive(hex, accounts);
        assertThat(result).isInstanceOf(Decoded.Complete.class);
        return ((Decoded.Complete<SocksRequest<String>>) result).value();
    }

    private static Decoded.Malformed<SocksRequest<String>> malformed(
            String hex, @Nullable PasswordTable<String> accounts) {
        Decoded<SocksRequest<String>> result = receive(hex, accounts);
        assertThat(result).as(hex).isInstanceOf(Decoded.Malformed.class);
        return (Decoded.Malformed<SocksRequest<String>>) result;
    }

    private static final class Run {
        private final SocksServer<String> server;
        private final ByteBuf out = Unpooled.buffer();
        private Decoded<SocksRequest<String>> last = Decoded.needMore();

        Run(SocksServer<String> server) {
            this.server = server;
        }

        boolean feed(ByteBuf in) {
            last = server.receive(in, out);
            return !(last instanceof Decoded.NeedMore<SocksRequest<String>>);
        }
    }
}
