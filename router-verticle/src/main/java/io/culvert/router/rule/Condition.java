package io.culvert.router.rule;

import io.culvert.config.PortRange;
import io.culvert.model.Address;
import io.culvert.model.Network;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.UserRef;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/** One condition of a rule (wire-formats section 17.2). Immutable; {@code toString} says it in words. */
public sealed interface Condition {

    /** Whether a session fulfils it. */
    boolean matches(SessionDescriptor session);

    /** The inbound has one of these tags. */
    record InboundTag(Set<String> tags) implements Condition {
        public InboundTag {
            tags = Set.copyOf(tags);
        }

        @Override
        public boolean matches(SessionDescriptor session) {
            return tags.contains(session.inboundTag());
        }

        @Override
        public String toString() {
            return "inbound tag is one of " + tags;
        }
    }

    /** The destination is a domain, and an entry matches it. */
    record TargetDomain(DomainMatcher domains) implements Condition {
        @Override
        public boolean matches(SessionDescriptor session) {
            return session.target().address() instanceof Address.Domain domain && domains.matches(domain);
        }

        @Override
        public String toString() {
            return "domain matches one of " + domains;
        }
    }

    /** The destination is an IP address in one of the networks. */
    record TargetIp(IpRanges networks) implements Condition {
        @Override
        public boolean matches(SessionDescriptor session) {
            return session.target().address() instanceof Address.Ip(InetAddress ip) && networks.contains(ip);
        }

        @Override
        public String toString() {
            return "ip is in one of " + networks;
        }
    }

    /** The destination's port is in one of the ranges. */
    record TargetPort(List<PortRange> ranges) implements Condition {
        public TargetPort {
            ranges = List.copyOf(ranges);
        }

        @Override
        public boolean matches(SessionDescriptor session) {
            return isInOneOf(ranges, session.target().port());
        }

        @Override
        public String toString() {
            return "port is in " + text(ranges);
        }
    }

    /** The client's IP address is in one of the networks. */
    record SourceIp(IpRanges networks) implements Condition {
        @Override
        public boolean matches(SessionDescriptor session) {
            InetAddress ip = session.source().getAddress();
            return ip != null && networks.contains(ip);
        }

        @Override
        public String toString() {
            return "source is in one of " + networks;
        }
    }

    /** The client's port is in one of the ranges. */
    record SourcePort(List<PortRange> ranges) implements Condition {
        public SourcePort {
            ranges = List.copyOf(ranges);
        }

        @Override
        public boolean matches(SessionDescriptor session) {
            return isInOneOf(ranges, session.source().getPort());
        }

        @Override
        public String toString() {
            return "source port is in " + text(ranges);
        }
    }

    /** The session is of one of these networks. */
    record NetworkIs(Set<Network> networks) implements Condition {
        public NetworkIs {
            networks = Set.copyOf(networks);
        }

        @Override
        public boolean matches(SessionDescriptor session) {
            return networks.contains(session.target().network());
        }

        @Override
        public String toString() {
            return "network is one of " + networks;
        }
    }

    /** A user has authenticated who has one of these e-mails, in this very case. */
    record UserIs(Set<String> emails) implements Condition {
        public UserIs {
            emails = Set.copyOf(emails);
        }

        @Override
        public boolean matches(SessionDescriptor session) {
            UserRef user = session.user();
            return user != null && emails.contains(user.email());
        }

        @Override
        public String toString() {
            return "user is one of " + emails;
        }
    }

    /** The protocol seen or declared starts with one of the entries. */
    record ProtocolPrefix(List<String> prefixes) implements Condition {
        public ProtocolPrefix {
            prefixes = List.copyOf(prefixes);
        }

        @Override
        public boolean matches(SessionDescriptor session) {
            String protocol = session.protocol();
            if (protocol == null) {
                return false;
            }
            for (String prefix : prefixes) {
                if (protocol.startsWith(prefix)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public String toString() {
            return "protocol starts with one of " + prefixes;
        }
    }

    private static boolean isInOneOf(List<PortRange> ranges, int port) {
        for (int i = 0; i < ranges.size(); i++) {
            if (ranges.get(i).contains(port)) {
                return true;
            }
        }
        return false;
    }

    private static String text(List<PortRange> ranges) {
        StringBuilder text = new StringBuilder();
        for (PortRange range : ranges) {
            text.append(text.isEmpty() ? "" : ",").append(range.from());
            if (range.to() != range.from()) {
                text.append('-').append(range.to());
            }
        }
        return text.toString();
    }
}
