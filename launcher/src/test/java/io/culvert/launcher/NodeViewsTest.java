package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.admin.NodeView;
import io.culvert.bus.NodeStatus;
import io.culvert.model.NodeRole;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What {@code nodes} says of a node. */
class NodeViewsTest {
    private static NodeStatus node(int version) {
        return new NodeStatus(
                "exit-1.0a1b2c3d",
                7,
                Set.of(NodeRole.ROUTER, NodeRole.EGRESS),
                Set.of(),
                3,
                41,
                NodeStatus.USUAL_WEIGHT,
                false,
                null,
                Set.of(),
                version);
    }

    private static String state(NodeStatus node) {
        return NodeViews.view(node, false).state();
    }

    @Test
    void theStateNamesBothVersionsWhereNodesDoNotUnderstandEachOther() {
        int own = NodeStatus.PROTOCOL_VERSION;
        assertThat(state(node(own))).isEqualTo("ready");
        assertThat(state(node(own + 1))).isEqualTo("ready");
        String incompatible = "incompatible (control path " + (own + 2) + ", here " + own + ")";
        assertThat(state(node(own + 2))).isEqualTo(incompatible);
        assertThat(state(node(own + 2).drained())).isEqualTo(incompatible);
    }

    @Test
    void aNodeIsShownByItsNameAndWhatItDoes() {
        NodeView view = NodeViews.view(node(NodeStatus.PROTOCOL_VERSION).drained(), true);
        assertThat(view.name()).isEqualTo("exit-1");
        assertThat(view.roles()).containsExactly("router", "egress");
        assertThat(view.state()).isEqualTo("draining");
        assertThat(view.sessions()).isEqualTo(3);
        assertThat(view.epoch()).isEqualTo(7);
        assertThat(view.alone()).isTrue();
    }
}
