package io.culvert.config.reader;

import io.culvert.config.ClusterConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The {@code cluster} section (design section 6): Culvert's own. */
final class ClusterReader {
    private static final List<String> ROLES = List.of("ingress", "router", "egress");
    private static final List<String> LINK_SECURITIES = List.of("tls", "none");
    private static final String LOOPBACK = "127.0.0.1";

    private final Report report;

    ClusterReader(Report report) {
        this.report = report;
    }

    @Nullable
    ClusterConfig read(@Nullable Fields cluster) {
        if (cluster == null) {
            return null;
        }
        String name = cluster.text("name");
        if (name.isEmpty()) {
            report.error(cluster.spotOf("name"), "a cluster needs a \"name\": all its nodes must agree on it");
        }
        ClusterConfig config = new ClusterConfig(
                name,
                roles(cluster),
                bind(cluster),
                members(cluster),
                cluster.spot().position());
        link(cluster.object("link"));
        cluster.text("secrets");
        cluster.finish();
        report.unsupported(cluster.spot(), "a cluster");
        return config;
    }

    private List<String> roles(Fields cluster) {
        List<String> roles = new ArrayList<>();
        for (Json.Text one : cluster.texts("roles")) {
            String role = one.value().toLowerCase(Locale.ROOT);
            if (!ROLES.contains(role)) {
                report.error(
                        one.spot(),
                        Words.quoted(one.value()) + " is not a role" + Words.didYouMean(role, ROLES) + " (known: "
                                + String.join(", ", ROLES) + ")");
            } else if (!roles.contains(role)) {
                roles.add(role);
            }
        }
        return roles.isEmpty() ? ROLES : roles;
    }

    private String bind(Fields cluster) {
        Json.Text bind = cluster.textNode("bind");
        if (bind == null) {
            return LOOPBACK;
        }
        if (Hosts.ip(bind.value()) == null) {
            report.error(bind.spot(), "expected an IP address of this machine, found " + Words.quoted(bind.value()));
        }
        return bind.value();
    }

    private List<String> members(Fields cluster) {
        List<String> members = new ArrayList<>();
        for (Json.Text one : cluster.texts("members")) {
            HostPort parts = HostPort.split(one.value());
            if (parts == null || Hosts.parse(parts.host()) == null || Ports.port(parts.port()) < 1) {
                report.error(one.spot(), "expected \"host:port\", found " + Words.quoted(one.value()));
            }
            members.add(one.value());
        }
        return members;
    }

    private void link(@Nullable Fields link) {
        if (link == null) {
            return;
        }
        link.number("port", 1, Fields.UINT16, 0);
        String security = link.text("security");
        if (!security.isEmpty() && !LINK_SECURITIES.contains(security)) {
            report.error(
                    link.spotOf("security"),
                    Words.quoted(security) + " is not a security of the link"
                            + Words.didYouMean(security, LINK_SECURITIES) + " (known: tls, none)");
        }
        link.finish();
    }
}
