package io.culvert.launcher;

import io.culvert.config.ClusterConfig;
import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.InboundConfig;
import io.culvert.config.PortRange;
import io.culvert.config.Position;
import io.culvert.egress.OutboundFaults;
import io.culvert.ingress.listener.InboundFaults;
import io.culvert.launcher.cluster.ClusterFailure;
import io.culvert.launcher.cluster.ClusterSecrets;
import io.culvert.launcher.log.Logs;
import io.culvert.model.NodeRole;
import io.culvert.router.policy.RoutingTable;
import io.culvert.transport.link.LinkSecurity;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a start would refuse, as far as a configuration and the files that it names tell: what a node makes of them is made and
 * dropped, the log's files are looked at, and no socket is opened. Whether a port is free is left to the start.
 */
public final class StartCheck {
    private final CulvertConfig config;
    private final List<Diagnostic> faults = new ArrayList<>();

    private StartCheck(CulvertConfig config) {
        this.config = config;
    }

    /**
     * Every fault, each at its place. Blocks on files.
     *
     * @param config read without errors; what it lists as unsupported is passed over, for the reader has said it
     * @param now when certificates of the farm must be valid
     */
    public static List<Diagnostic> of(CulvertConfig config, Instant now) {
        StartCheck check = new StartCheck(config);
        check.logs();
        check.farm(now);
        if (check.has(NodeRole.INGRESS)) {
            check.faults.addAll(InboundFaults.of(config));
        }
        check.faults.addAll(OutboundFaults.of(config));
        check.rules();
        Set<Position> said = Set.copyOf(config.unsupported().stream()
                .map(CulvertConfig.Unsupported::position)
                .toList());
        check.faults.removeIf(fault -> said.contains(fault.position()));
        return List.copyOf(check.faults);
    }

    private boolean has(NodeRole role) {
        ClusterConfig cluster = config.cluster();
        return cluster == null || cluster.roles().contains(role);
    }

    private void logs() {
        log(Logs.fault(config.log().error()), config.log().errorAt());
        log(Logs.fault(config.log().access()), config.log().accessAt());
    }

    private void log(@Nullable String fault, Position at) {
        if (fault != null) {
            add(at, "the log cannot be written: " + fault);
        }
    }

    private void farm(Instant now) {
        ClusterConfig cluster = config.cluster();
        if (cluster == null) {
            return;
        }
        try {
            ClusterSecrets secrets = ClusterSecrets.read(Path.of(cluster.secrets()), now);
            if (cluster.link().security() != ClusterConfig.LinkSecurity.NONE) {
                new LinkSecurity(secrets.caPem(), secrets.certificatePem(), secrets.keyPem()).contexts();
            }
        } catch (ClusterFailure e) {
            add(cluster.position(), String.valueOf(e.getMessage()));
        } catch (TlsConfigException e) {
            add(cluster.position(), cluster.secrets() + ": " + e.getMessage());
        }
        if (has(NodeRole.INGRESS)) {
            config.inbounds().forEach(inbound -> portOfTheFarm(inbound, ports(cluster), cluster.bind()));
        }
    }

    private Map<Integer, String> ports(ClusterConfig cluster) {
        Map<Integer, String> ports = new LinkedHashMap<>();
        ports.put(cluster.port(), "the cluster");
        ports.put(cluster.busPort(), "the event bus");
        if (has(NodeRole.EGRESS)) {
            ports.put(cluster.link().port(), "the node link");
        }
        return ports;
    }

    private void portOfTheFarm(InboundConfig inbound, Map<Integer, String> taken, String bind) {
        PortRange range = inbound.ports();
        if (range == null || !InboundFaults.listensForConnections(inbound, bind)) {
            return;
        }
        taken.forEach((port, owner) -> {
            if (port >= range.from() && port <= range.to()) {
                add(inbound.position(), "cannot listen on " + port + ": " + owner + " has it on " + bind);
            }
        });
    }

    private void rules() {
        boolean refused = config.unsupported().stream()
                .anyMatch(one -> one.position().path().startsWith("routing"));
        if (!refused) {
            RoutingTable.of(config);
        }
    }

    private void add(Position at, String what) {
        faults.add(new Diagnostic(Severity.ERROR, at, what));
    }
}
