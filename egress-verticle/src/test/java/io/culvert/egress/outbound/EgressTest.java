package io.culvert.egress.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.Position;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.egress.TestOrders;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EgressTest {
    private static final OutboundSettings BLOCK = new OutboundSettings.Blackhole(false);
    private static final OutboundSettings DIRECT = new OutboundSettings.Freedom(DomainStrategy.AS_IS, null, 0, 0, true);
    private static final Destination TARGET = Destination.tcp(Address.parse("example.org"), 80);

    private final OutboundRig rig = new OutboundRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void servesWhatItsConfigurationNames() throws Exception {
        rig.apply(OutboundRig.outbound("a", BLOCK), OutboundRig.outbound("b", DIRECT));
        assertThat(rig.egress().tags()).containsExactlyInAnyOrder("a", "b");
        assertThat(rig.refusal(TestOrders.order("a", TARGET))).isEqualTo(CloseCause.BLACKHOLED);
        assertThat(rig.refusal(TestOrders.order("c", TARGET))).isEqualTo(CloseCause.NO_EGRESS);
        Await.until("nothing is being opened", () -> rig.egress().opening() == 0);
    }

    @Test
    void theFirstWithoutATagIsTheDefault() throws Exception {
        rig.apply(OutboundRig.outbound("", BLOCK), OutboundRig.outbound("", DIRECT));
        assertThat(rig.refusal(TestOrders.order("", TARGET))).isEqualTo(CloseCause.BLACKHOLED);
    }

    @Test
    void aNewConfigurationTakesItsPlaceAndOpenChannelsStay() throws Exception {
        rig.apply(OutboundRig.outbound("a", DIRECT));
        Destination echo = TestOrders.tcp(rig.serve(peer -> peer.send(peer.read(5))));
        try (OutboundRig.Opened opened = rig.open(TestOrders.order("a", echo))) {
            rig.apply(OutboundRig.outbound("a", BLOCK), OutboundRig.outbound("new", DIRECT));
            assertThat(rig.refusal(TestOrders.order("a", echo))).isEqualTo(CloseCause.BLACKHOLED);
            opened.send("hello".getBytes(StandardCharsets.US_ASCII));
            assertThat(opened.awaitBytes(5)).asString().isEqualTo("hello");
            rig.open(TestOrders.order("new", echo)).close();
        }
    }

    @Test
    void aConfigurationThatCannotBeMadeChangesNothing() throws Exception {
        rig.apply(OutboundRig.outbound("a", BLOCK));
        var broken = new SecuritySettings.Certificate(
                SecuritySettings.CertificateUsage.VERIFY, null, "not a certificate", null, null, Position.NONE);
        var tls = new SecuritySettings.Tls("x.test", List.of(), false, true, false, List.of(broken));
        OutboundConfig outbound = new OutboundConfig(
                "b",
                null,
                new OutboundSettings.Socks(
                        List.of(new OutboundSettings.ProxyServer(Address.parse("127.0.0.1"), 1, List.of()))),
                new StreamConfig(new TransportSettings.Raw(), tls, StreamConfig.SockoptConfig.DEFAULT),
                Position.NONE);
        assertThatThrownBy(() -> rig.apply(outbound)).isInstanceOf(TlsConfigException.class);
        assertThat(rig.egress().tags()).containsExactly("a");
    }

    @Test
    void blackholeRefuses() throws Exception {
        rig.apply(BLOCK);
        assertThat(rig.refusal(TestOrders.order("out", TARGET))).isEqualTo(CloseCause.BLACKHOLED);
    }

    @Test
    void blackholeMayAnswerInHttp() throws Exception {
        rig.apply(new OutboundSettings.Blackhole(true));
        String answer = """
                HTTP/1.1 403 Forbidden
                Connection: close
                Cache-Control: max-age=3600, public
                Content-Length: 0


                """;
        OutboundRig.Opened opened = rig.open(TestOrders.order("out", TARGET));
        opened.send(new byte[1_000]);
        assertThat(opened.awaitBytes(answer.length())).asString().isEqualTo(answer);
        opened.awaitEnd();
        assertThat(rig.refusal(TestOrders.order("out", Destination.udp(TARGET.address(), 53))))
                .isEqualTo(CloseCause.BLACKHOLED);
    }
}
