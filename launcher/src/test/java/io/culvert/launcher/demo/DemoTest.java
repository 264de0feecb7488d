package io.culvert.launcher.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.ClusterConfig;
import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.Position;
import io.culvert.config.reader.ConfigCheck;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.SecretMask;
import io.culvert.launcher.StartCheck;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.StateFolder;
import io.culvert.launcher.link.ShareLink;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    private static final ClusterConfig CLUSTER = new ClusterConfig(
            "farm",
            Set.of(),
            "127.0.0.1",
            5701,
            List.of(),
            7442,
            new ClusterConfig.Link(7443, ClusterConfig.LinkSecurity.TLS),
            ClusterConfig.USUAL_WEIGHT,
            List.of(),
            "secrets",
            Position.NONE);

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private static final SecureRandom RANDOM = new SecureRandom();

    @TempDir
    private Path base = Path.of("");

    private Demo remembered(Path folder) throws StartFailure {
        try (StateFolder open = StateFolder.open(folder)) {
            return Demo.remembered(open, RANDOM);
        }
    }

    @Test
    void theNextStartPrintsTheSameLinks() throws Exception {
        Path folder = base.resolve("a/b/culvert");
        List<ShareLink> first = remembered(folder).links();
        assertThat(remembered(folder).links()).isEqualTo(first);
        assertThat(remembered(base.resolve("other")).links()).doesNotContainAnyElementsOf(first);
    }

    @Test
    void onlyTheOwnerReadsTheState() throws Exception {
        Path folder = base.resolve("state");
        remembered(folder);
        assertThat(Files.getPosixFilePermissions(folder)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertThat(all)
                    .extracting(file -> file.getFileName().toString())
                    .containsExactlyInAnyOrder("lock", "demo.json", "cert.pem", "key.pem");
            for (Path file : all) {
                assertThat(Files.getPosixFilePermissions(file))
                        .as(file.toString())
                        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            }
        }
    }

    @Test
    void aTakenPortMovesForThisStartOnly() throws Exception {
        Path folder = base.resolve("state");
        Demo first = remembered(folder);
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(
                    InetAddress.ofLiteral("127.0.0.1"), first.ports().vmess()));
            DemoPorts moved = remembered(folder).on(new FreePorts(LOOPBACK)).ports();
            assertThat(moved.vmess()).isGreaterThan(first.ports().vmess()).isLessThan(FreePorts.LIMIT);
        }
        assertThat(remembered(folder).ports()).isEqualTo(first.ports());
    }

    @Test
    void noPortIsGivenTwice() throws Exception {
        FreePorts free = new FreePorts(LOOPBACK);
        DemoPorts ports = free.from(new DemoPorts(21080, 21080, 21080, 21080, 21080));
        assertThat(List.of(ports.socks(), ports.http(), ports.vmess(), ports.vless(), ports.admin()))
                .doesNotHaveDuplicates()
                .isSorted();
    }

    @Test
    void portsEndBelowThoseOfOutgoingConnections() {
        FreePorts free = new FreePorts(LOOPBACK);
        int last = FreePorts.LIMIT;
        assertThatThrownBy(() -> free.from(new DemoPorts(last, last, last, last, last)))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("is free on 127.0.0.1");
    }

    @Test
    void everythingListensOnLoopback() throws Exception {
        Demo demo = remembered(base.resolve("state"));
        List<InboundConfig> inbounds = demo.config(CLUSTER).inbounds();
        assertThat(inbounds).extracting(InboundConfig::listen).containsOnly("127.0.0.1");
        assertThat(inbounds)
                .extracting(inbound -> inbound.settings().protocol() + ":"
                        + Objects.requireNonNull(inbound.ports()).from())
                .containsExactly(
                        "socks:" + demo.ports().socks(),
                        "http:" + demo.ports().http(),
                        "vmess:" + demo.ports().vmess(),
                        "vless:" + demo.ports().vless());
        assertThat(((InboundSettings.Vmess) inbounds.get(2).settings())
                        .users()
                        .getFirst()
                        .id())
                .isEqualTo(demo.links().getFirst().id());
        assertThat(demo.toString()).doesNotContain(demo.user().toString()).doesNotContain("PRIVATE");
    }

    @Test
    void itsTextSaysWhatRunsAndHidesWhatIsSecret() throws Exception {
        Demo demo = remembered(base.resolve("state"));
        CulvertConfig config = demo.config(CLUSTER);
        assertThat(config.cluster()).isEqualTo(CLUSTER);
        LoadResult read = ConfigCheck.load(demo.sources(), Environment.ofProcess());
        assertThat(read.diagnostics()).isEmpty();
        assertThat(Objects.requireNonNull(read.config()).inbounds()).isEqualTo(config.inbounds());
        assertThat(StartCheck.of(Objects.requireNonNull(read.config()), Instant.now()))
                .isEmpty();
        String shown = SecretMask.of(demo.sources().getFirst());
        assertThat(shown)
                .contains(Demo.EMAIL)
                .doesNotContain(demo.user().toString())
                .doesNotContain("PRIVATE");
    }

    @Test
    void aBrokenStateIsNamedAndKept() throws Exception {
        Path folder = base.resolve("state");
        remembered(folder);
        Files.writeString(folder.resolve("demo.json"), "{\"user\": 1}");
        assertThatThrownBy(() -> remembered(folder))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("demo.json")
                .hasMessageContaining("remove it");
        assertThat(folder.resolve("demo.json")).hasContent("{\"user\": 1}");
    }

    @Test
    void theFolderFollowsXdg() {
        Path home = Path.of("/home/x");
        assertThat(StateFolder.byDefault(Map.of(), home)).isEqualTo(Path.of("/home/x/.local/state/culvert"));
        assertThat(StateFolder.byDefault(Map.of("XDG_STATE_HOME", "/s"), home)).isEqualTo(Path.of("/s/culvert"));
        assertThat(StateFolder.byDefault(Map.of("XDG_STATE_HOME", "s"), home))
                .isEqualTo(Path.of("/home/x/.local/state/culvert"));
    }
}
