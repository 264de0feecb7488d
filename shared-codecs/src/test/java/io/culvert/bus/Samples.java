package io.culvert.bus;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.LinkGrant;
import io.culvert.model.Network;
import io.culvert.model.NodeRole;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionPolicy;
import io.culvert.model.TargetOrigin;
import io.culvert.model.Ticket;
import io.culvert.model.UserRef;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Control messages for tests: one of each by hand, and any number at random. */
final class Samples {
    static final SessionDescriptor DESCRIPTOR = new SessionDescriptor(
            0x0102030405060708L,
            "edge-1",
            "vmess-in",
            new InetSocketAddress(Address.ofIp(new byte[] {(byte) 192, 0, 2, 7}).value(), 40_000),
            Destination.tcp(new Address.Domain("example.com"), 443),
            TargetOrigin.CLIENT,
            new UserRef("love@v2ray.com", 3),
            "tls");

    static final RouteQuestion QUESTION = new RouteQuestion(DESCRIPTOR, List.of("exit-9"), 7);

    static final RouteDecision FORWARD = new RouteDecision.Forward(
            "exit-2",
            "direct",
            Destination.udp(Address.parse("2001:db8::1"), 53),
            new SessionPolicy(300_000, 1_000, 2_000, 65_536),
            new LinkGrant(
                    new InetSocketAddress(Address.ofIp(new byte[] {10, 0, 0, 6}).value(), 7443), ticket(new Random(1))),
            new ConfigVersion(7, 8, -9));

    static final RouteDecision REFUSE = new RouteDecision.Refuse(CloseCause.NO_EGRESS);

    static final NodeStatus STATUS = new NodeStatus(
            "exit-2",
            new ConfigVersion(7, 8, -9),
            Set.of(NodeRole.EGRESS),
            Set.of("direct"),
            1_234,
            0,
            100,
            false,
            10,
            null,
            Set.of(),
            1,
            6);

    static final LinkOrder LINK_ORDER = new LinkOrder(
            new DialOrder(
                    DESCRIPTOR,
                    "exit-2",
                    "direct",
                    Destination.udp(Address.parse("2001:db8::1"), 53),
                    new SessionPolicy(300_000, 1_000, 2_000, 65_536),
                    null,
                    new ConfigVersion(7, 8, -9)),
            ticket(new Random(1)));

    private Samples() {}

    static LinkOrder linkOrder(Random random) {
        SessionPolicy policy = new SessionPolicy(
                random.nextLong(Long.MAX_VALUE),
                random.nextLong(10_000),
                random.nextLong(10_000),
                1 + random.nextInt(Integer.MAX_VALUE));
        return new LinkOrder(
                new DialOrder(
                        descriptor(random),
                        text(random, 30),
                        text(random, 30),
                        destination(random),
                        policy,
                        null,
                        random.nextBoolean() ? version(random) : null),
                ticket(random));
    }

    static SessionDescriptor descriptor(Random random) {
        InetSocketAddress source = random.nextInt(8) == 0
                ? InetSocketAddress.createUnresolved("unix", 0)
                : new InetSocketAddress(ip(random).value(), random.nextInt(65_536));
        return new SessionDescriptor(
                random.nextLong(),
                text(random, 30),
                text(random, 30),
                source,
                destination(random),
                random.nextBoolean() ? TargetOrigin.CLIENT : TargetOrigin.OPERATOR,
                random.nextBoolean() ? new UserRef(text(random, 60), random.nextInt(Integer.MAX_VALUE)) : null,
                random.nextBoolean() ? text(random, 12) : null);
    }

    static RouteDecision decision(Random random) {
        if (random.nextInt(4) == 0) {
            return new RouteDecision.Refuse(CloseCause.ofCode(random.nextInt(CloseCause.values().length)));
        }
        SessionPolicy policy = new SessionPolicy(
                random.nextLong(Long.MAX_VALUE),
                random.nextLong(10_000),
                random.nextLong(10_000),
                1 + random.nextInt(Integer.MAX_VALUE));
        LinkGrant grant = random.nextBoolean()
                ? new LinkGrant(new InetSocketAddress(ip(random).value(), random.nextInt(65_536)), ticket(random))
                : null;
        return new RouteDecision.Forward(
                text(random, 30),
                text(random, 30),
                destination(random),
                policy,
                grant,
                random.nextBoolean() ? version(random) : null);
    }

    private static Ticket ticket(Random random) {
        byte[] bytes = new byte[Ticket.BYTES];
        random.nextBytes(bytes);
        return Ticket.of(bytes);
    }

    static NodeStatus status(Random random) {
        Set<String> tags = new HashSet<>();
        for (int i = random.nextInt(20); i > 0; i--) {
            tags.add(text(random, 20));
        }
        Set<NodeRole> roles = EnumSet.noneOf(NodeRole.class);
        for (NodeRole role : NodeRole.values()) {
            if (random.nextBoolean()) {
                roles.add(role);
            }
        }
        return new NodeStatus(
                text(random, 30),
                version(random),
                roles,
                tags,
                random.nextInt(Integer.MAX_VALUE),
                random.nextInt(101),
                1 + random.nextInt(NodeStatus.MAX_WEIGHT),
                random.nextBoolean(),
                random.nextInt(NodeStatus.MAX_DRAIN_SECONDS + 1),
                random.nextBoolean() ? new InetSocketAddress(ip(random).value(), random.nextInt(65_536)) : null,
                Set.of(new InetSocketAddress(ip(random).value(), 5701)),
                1 + random.nextInt(255),
                random.nextLong());
    }

    static ConfigMessage configMessage(Random random) {
        ConfigMessage.Kind[] kinds = ConfigMessage.Kind.values();
        List<ConfigVersion> before = new ArrayList<>();
        for (int i = random.nextInt(ConfigMessage.MAX_BEFORE + 1); i > 0; i--) {
            before.add(version(random));
        }
        return new ConfigMessage(
                kinds[random.nextInt(kinds.length)],
                text(random, 20),
                version(random),
                List.of(new ConfigMessage.Text(text(random, 20), text(random, 500))),
                List.of(text(random, 100)),
                before);
    }

    private static ConfigVersion version(Random random) {
        return new ConfigVersion(random.nextLong(), random.nextLong(), random.nextLong());
    }

    private static Destination destination(Random random) {
        Network network = random.nextBoolean() ? Network.TCP : Network.UDP;
        Address address = random.nextBoolean() ? ip(random) : new Address.Domain(domain(random));
        return new Destination(network, address, random.nextInt(65_536));
    }

    private static Address.Ip ip(Random random) {
        byte[] raw = new byte[random.nextBoolean() ? 4 : 16];
        random.nextBytes(raw);
        return Address.ofIp(raw);
    }

    private static String domain(Random random) {
        StringBuilder name = new StringBuilder();
        for (int i = 1 + random.nextInt(Address.MAX_DOMAIN_LENGTH); i > 0; i--) {
            name.append("abcXYZ019-._".charAt(random.nextInt(12)));
        }
        return name.toString();
    }

    private static String text(Random random, int maxLength) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(maxLength + 1); i > 0; i--) {
            text.appendCodePoint("aZ0 ä€😀".codePoints().toArray()[random.nextInt(7)]);
        }
        return text.toString();
    }
}
