package io.culvert.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.NodeStatus;
import io.culvert.bus.RouteQuestion;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.LinkGrant;
import io.culvert.model.RouteDecision;
import io.culvert.model.Ticket;
import io.culvert.router.policy.RoutingTable;
import io.culvert.testkit.Nodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By which configuration a decision says that it was made, and what is refused without one. */
class RouterTest {
    private static final ConfigVersion CONFIG = new ConfigVersion(3, 4, 5);
    private static final Ticket TICKET = Ticket.of(new byte[Ticket.BYTES]);
    private static final int OLDER = NodeStatus.ORDERS_WITH_CONFIG - 1;

    private final EgressDirectory egresses = new EgressDirectory("core", () -> 0, new Random(1));
    private final List<@Nullable ConfigVersion> signed = new ArrayList<>();
    private final RunningRules rules = new RunningRules(RoutingTable.of(Configs.of(List.of("direct"))), CONFIG);
    private final Router router = new Router(
            () -> rules,
            egresses,
            (session, egress, tag, target, config) -> {
                signed.add(config);
                return new LinkGrant(Nodes.LINK, TICKET);
            },
            new RouterCounters());

    private RouteDecision.@Nullable Forward decide(long epoch, int ingressProtocol) {
        return (RouteDecision.Forward) router.decide(
                new RouteQuestion(Sessions.to("www.example.com").at("edge").get(), List.of(), epoch, ingressProtocol));
    }

    private void egress(int protocol) {
        egresses.heard(Nodes.egress("exit", 3, Set.of("direct"), 0, false, protocol));
    }

    @Test
    void theDecisionAndItsTicketSayByWhichConfiguration() {
        egress(NodeStatus.PROTOCOL_VERSION);
        assertThat(decide(3, NodeStatus.PROTOCOL_VERSION))
                .extracting(RouteDecision.Forward::config)
                .isSameAs(CONFIG);
        assertThat(signed).containsExactly(CONFIG);
    }

    @Test
    void forAnEgressOfAnEarlierVersionNeitherSaysIt() {
        egress(OLDER);
        assertThat(decide(3, NodeStatus.PROTOCOL_VERSION))
                .isNotNull()
                .extracting(RouteDecision.Forward::config)
                .isNull();
        assertThat(signed).hasSize(1).containsOnlyNulls();
    }

    @Test
    void forAnIngressOfAnEarlierVersionNeitherSaysIt() {
        egress(NodeStatus.PROTOCOL_VERSION);
        assertThat(decide(3, OLDER))
                .isNotNull()
                .extracting(RouteDecision.Forward::config)
                .isNull();
        assertThat(signed).hasSize(1).containsOnlyNulls();
    }

    @Test
    void aQuestionByALaterConfigurationHasToWait() {
        egress(NodeStatus.PROTOCOL_VERSION);
        assertThat(decide(4, NodeStatus.PROTOCOL_VERSION)).isNull();
        assertThat(signed).isEmpty();
    }

    /** They would be looked up as hosts, and the client would learn of a name that does not resolve. */
    @ParameterizedTest
    @ValueSource(strings = {"v1.mux.cool", "sp.mux.sing-box.arpa", "sp.packet-addr.v2fly.arpa", "SP.Mux.sing-box.arpa"})
    void aNameThatAsksForAMultiplexerIsRefusedForWhatItIs(String name) {
        egress(NodeStatus.PROTOCOL_VERSION);
        assertThat(router.decide(new RouteQuestion(
                        Sessions.to(name).at("edge").get(), List.of(), 3, NodeStatus.PROTOCOL_VERSION)))
                .isEqualTo(new RouteDecision.Refuse(CloseCause.UNSUPPORTED));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mux.cool", "1.0.0.127.in-addr.arpa", "www.v1.mux.cool"})
    void namesLikeThemAreHosts(String name) {
        egress(NodeStatus.PROTOCOL_VERSION);
        assertThat(router.decide(new RouteQuestion(
                        Sessions.to(name).at("edge").get(), List.of(), 3, NodeStatus.PROTOCOL_VERSION)))
                .isInstanceOf(RouteDecision.Forward.class);
    }
}
