package io.culvert.launcher.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.launcher.StartFailure;
import io.culvert.launcher.StateFolder;
import io.culvert.model.NodeRole;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which node a start is, whom it looks for, and where it listens. */
class DemoFarmTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    @TempDir
    private Path state = Path.of("");

    private DemoFarm start(@Nullable String join) throws StartFailure {
        try (StateFolder folder = StateFolder.open(state)) {
            return DemoFarm.of(folder, Demo.remembered(folder, RANDOM), join, Set.of(), RANDOM);
        }
    }

    private static Set<Integer> ports(DemoFarm node) {
        DemoPorts demo = node.demo().ports();
        return Set.of(
                node.config().port(),
                node.config().busPort(),
                node.config().link().port(),
                demo.socks(),
                demo.http(),
                demo.vmess(),
                demo.vless(),
                demo.admin());
    }

    @Test
    void whoWasTooLateForAPortLooksAgain() throws Exception {
        DemoFarm late = start(null);
        int lost = late.demo().ports().socks();
        try (ServerSocket _ = new ServerSocket(lost, 1, InetAddress.ofLiteral(Demo.HOST))) {
            late.release();
            DemoFarm again = start(null);
            assertThat(again.name()).isEqualTo(late.name());
            assertThat(ports(again)).doesNotContain(lost);
        }
    }

    @Test
    void theFirstIsAloneAndWhoeverStartsBesideItJoinsIt() throws Exception {
        DemoFarm first = start(null);
        assertThat(first.name()).isEqualTo("node-1");
        assertThat(first.joins()).isFalse();
        assertThat(first.config().members()).containsExactly(first.address());
        DemoFarm second = start(null);
        assertThat(second.name()).isEqualTo("node-2");
        assertThat(second.joins()).isTrue();
        assertThat(second.config().members()).containsExactly(first.address(), second.address());
        assertThat(second.config().roles()).containsOnly(NodeRole.values());
        assertThat(start(first.address()).config().roles()).containsOnly(NodeRole.ROUTER, NodeRole.EGRESS);
    }

    /** The sockets of neither are open yet. */
    @Test
    void portsAreTakenFromTheStartOn() throws Exception {
        DemoFarm first = start(null);
        DemoFarm second = start(null);
        Set<Integer> all = new HashSet<>(ports(first));
        all.addAll(ports(second));
        assertThat(all).hasSize(16);
    }

    @Test
    void theFirstComesBackToThoseThatRun() throws Exception {
        DemoFarm first = start(null);
        DemoFarm second = start(first.address());
        DemoFarm third = start(first.address());
        first.release();
        third.release();
        DemoFarm again = start(null);
        assertThat(again.name()).isEqualTo("node-1");
        assertThat(again.address()).isEqualTo(first.address());
        assertThat(again.config().members()).containsExactly(second.address(), again.address());
    }

    @Test
    void nobodyListensWhereItJoins() throws Exception {
        DemoFarm first = start(null);
        DemoFarm second = start(first.address());
        first.release();
        DemoFarm lost = start(first.address());
        assertThat(lost.address()).isNotEqualTo(first.address());
        assertThat(lost.config().members()).containsExactly(first.address(), lost.address());
        assertThat(lost.others()).containsExactly(second.address());
    }

    @Test
    void aWordThatCannotBeReadIsNobodys() throws Exception {
        DemoFarm first = start(null);
        for (String word : List.of("", "{", "[]", "{\"ports\":[1]}", "{\"address\":1}")) {
            Files.writeString(first.folder().resolve("ports.json"), word);
            DemoFarm other = start(null);
            assertThat(other.others()).isEmpty();
            other.release();
        }
    }

    @Test
    void thereMustBeAFarmToJoin() {
        assertThatThrownBy(() -> start("127.0.0.1:5701"))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("there is no farm to join");
    }
}
