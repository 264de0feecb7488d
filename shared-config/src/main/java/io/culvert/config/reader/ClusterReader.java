package io.culvert.config.reader;

import io.culvert.config.ClusterConfig;
import io.culvert.config.ClusterConfig.LinkSecurity;
import io.culvert.model.Address;
import io.culvert.model.NodeRole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The {@code cluster} section (design section 6): Culvert's own. */
final class ClusterReader {
    private static final List<String> ROLES =
            Arrays.stream(NodeRole.values()).map(NodeRole::text).toList();
    private static final List<String> LINK_SECURITIES = List.of("tls", "none");
    private static final int MAX_WEIGHT = 1_000;
    private static final String LOOPBACK = "127.0.0.1";

    private static final String VARIABLE = "env:";

    private final Report report;
    private final Environment environment;

    /** @param environment the variables that {@code name}, {@code bind} and {@code members} may name */
    ClusterReader(Report report, Environment environment) {
        this.report = report;
        this.environment = environment;
    }

    @Nullable
    ClusterConfig read(@Nullable Fields cluster) {
        if (cluster == null) {
            return null;
        }
        Json.Text named = cluster.textNode("name");
        String name = named == null ? "" : resolved(named);
        if (name.isEmpty() && (named == null || named.value().isEmpty())) {
            report.error(cluster.spotOf("name"), "a cluster needs a \"name\": all its nodes must agree on it");
        }
        Set<NodeRole> roles = roles(cluster);
        String bind = bind(cluster);
        List<String> members = members(cluster);
        ClusterConfig config = new ClusterConfig(
                name,
                roles,
                bind,
                (int) cluster.number("port", 1, Fields.UINT16, portOf(bind, members)),
                members,
                busPort(cluster.object("bus")),
                link(cluster.object("link")),
                (int) cluster.number("weight", 1, MAX_WEIGHT, ClusterConfig.USUAL_WEIGHT),
                cluster.texts("labels").stream().map(Json.Text::value).toList(),
                secrets(cluster),
                cluster.spot().position());
        cluster.finish();
        if (config.port() == config.busPort()
                || config.port() == config.link().port()
                || config.busPort() == config.link().port()) {
            report.error(cluster.spot(), "\"port\", \"bus\" and \"link\" need three different ports");
        }
        return config;
    }

    private String secrets(Fields cluster) {
        String secrets = cluster.text("secrets");
        if (secrets.isEmpty()) {
            report.error(
                    cluster.spotOf("secrets"),
                    "a cluster needs \"secrets\": the folder that \"culvert cluster init\" made");
        }
        return secrets;
    }

    private static int portOf(String bind, List<String> members) {
        for (String member : members) {
            HostPort parts = HostPort.split(member);
            if (parts != null && parts.host().equals(bind) && Ports.port(parts.port()) > 0) {
                return Ports.port(parts.port());
            }
        }
        return ClusterConfig.DEFAULT_PORT;
    }

    private static int busPort(@Nullable Fields bus) {
        if (bus == null) {
            return ClusterConfig.DEFAULT_BUS_PORT;
        }
        int port = (int) bus.number("port", 1, Fields.UINT16, ClusterConfig.DEFAULT_BUS_PORT);
        bus.finish();
        return port;
    }

    private Set<NodeRole> roles(Fields cluster) {
        Set<NodeRole> roles = EnumSet.noneOf(NodeRole.class);
        for (Json.Text one : cluster.texts("roles")) {
            String word = one.value().toLowerCase(Locale.ROOT);
            NodeRole role = role(word);
            if (role == null) {
                report.error(
                        one.spot(),
                        Words.quoted(one.value()) + " is not a role" + Words.didYouMean(word, ROLES) + " (known: "
                                + String.join(", ", ROLES) + ")");
            } else {
                roles.add(role);
            }
        }
        return roles;
    }

    private static @Nullable NodeRole role(String word) {
        for (NodeRole role : NodeRole.values()) {
            if (role.text().equals(word)) {
                return role;
            }
        }
        return null;
    }

    private String bind(Fields cluster) {
        Json.Text bind = cluster.textNode("bind");
        if (bind == null) {
            return LOOPBACK;
        }
        String text = resolved(bind);
        Address.Ip ip = Hosts.ip(text);
        if (!text.isEmpty() && (ip == null || ip.value().isAnyLocalAddress())) {
            report.error(bind.spot(), "expected an IP address of this machine, found " + Words.quoted(text));
        }
        return text;
    }

    private List<String> members(Fields cluster) {
        List<String> members = new ArrayList<>();
        for (Json.Text one : cluster.texts("members")) {
            String text = resolved(one);
            // A variable may name several, as the command line of an init container makes them.
            for (String member : one.value().startsWith(VARIABLE) ? text.split(",") : new String[] {text}) {
                member(one, member.strip(), members);
            }
        }
        return members;
    }

    private void member(Json.Text one, String text, List<String> members) {
        HostPort parts = HostPort.split(text);
        boolean unset = text.isEmpty() && one.value().startsWith(VARIABLE);
        if (!unset && (parts == null || Hosts.parse(parts.host()) == null || Ports.port(parts.port()) < 1)) {
            report.error(one.spot(), "expected \"host:port\", found " + Words.quoted(text));
        }
        members.add(text);
    }

    /**
     * The value of {@code env:NAME}, with what stands behind a further colon after it: {@code env:POD_IP:5701}; any other text is
     * itself. Empty where the variable is not set, which is an error then.
     */
    private String resolved(Json.Text text) {
        if (!text.value().startsWith(VARIABLE)) {
            return text.value();
        }
        String reference = text.value().substring(VARIABLE.length());
        int colon = reference.indexOf(':');
        String name = colon < 0 ? reference : reference.substring(0, colon);
        String value = environment.variable(name);
        if (value == null || value.isBlank()) {
            report.error(text.spot(), "the environment variable " + Words.quoted(name) + " is not set");
            return "";
        }
        return value.strip() + (colon < 0 ? "" : reference.substring(colon));
    }

    private ClusterConfig.Link link(@Nullable Fields link) {
        if (link == null) {
            return new ClusterConfig.Link(ClusterConfig.Link.DEFAULT_PORT, LinkSecurity.TLS);
        }
        int port = (int) link.number("port", 1, Fields.UINT16, ClusterConfig.Link.DEFAULT_PORT);
        String security = link.text("security");
        if (!security.isEmpty() && !LINK_SECURITIES.contains(security)) {
            report.error(
                    link.spotOf("security"),
                    Words.quoted(security) + " is not a security of the link"
                            + Words.didYouMean(security, LINK_SECURITIES) + " (known: tls, none)");
        }
        link.finish();
        return new ClusterConfig.Link(port, security.equals("none") ? LinkSecurity.NONE : LinkSecurity.TLS);
    }
}
