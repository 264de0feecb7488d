package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.ConfigVersion;
import io.culvert.model.NodeRole;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a node announces. Roles of a later version are left out. */
final class NodeStatusFormat extends RecordFormat<NodeStatus> {
    private static final int MOST_LOAD = 100;

    NodeStatusFormat() {
        super(MAX_ANNOUNCEMENT_BYTES);
    }

    @Override
    void write(FieldWriter out, NodeStatus value) {
        out.text(value.node());
        out.i64(value.config().epoch());
        int roles = 0;
        for (NodeRole role : value.roles()) {
            roles |= role.bit();
        }
        out.u8(roles);
        out.u16(value.outboundTags().size());
        for (String tag : value.outboundTags()) {
            out.text(tag);
        }
        out.i32(value.sessions());
        out.u8(value.load());
        out.u16(value.weight());
        out.flag(value.draining());
        InetSocketAddress link = value.link();
        out.flag(link != null);
        if (link != null) {
            out.socketAddress(link);
        }
        out.u8(value.closed().size());
        for (InetSocketAddress address : value.closed()) {
            out.socketAddress(address);
        }
        out.u8(value.protocolVersion());
        out.i64(value.config().millis());
        out.i64(value.config().digest());
        out.i32(value.drainSeconds());
        out.i64(value.overruled());
    }

    @Override
    NodeStatus read(FieldReader in) throws BadFieldException {
        String node = in.text();
        long epoch = in.i64();
        Set<NodeRole> roles = roles(in.u8());
        int count = in.u16();
        Set<String> tags = new HashSet<>();
        for (int i = 0; i < count; i++) {
            tags.add(in.text());
        }
        int sessions = in.count();
        int load = in.u8();
        if (load > MOST_LOAD) {
            throw new BadFieldException("load of more than 100 percent");
        }
        int weight = in.u16();
        if (weight < 1 || weight > NodeStatus.MAX_WEIGHT) {
            throw new BadFieldException("impossible weight");
        }
        boolean draining = in.flag();
        @Nullable InetSocketAddress link = in.flag() ? in.socketAddress() : null;
        Set<InetSocketAddress> closed = addresses(in, in.u8());
        int protocolVersion = in.u8();
        if (protocolVersion == 0) {
            throw new BadFieldException("protocol version 0");
        }
        ConfigVersion config = new ConfigVersion(epoch, in.i64(), in.i64());
        int drainSeconds = in.count();
        if (drainSeconds > NodeStatus.MAX_DRAIN_SECONDS) {
            throw new BadFieldException("drain of more than a day");
        }
        return new NodeStatus(
                node,
                config,
                roles,
                tags,
                sessions,
                load,
                weight,
                draining,
                drainSeconds,
                link,
                closed,
                protocolVersion,
                in.i64());
    }

    private static Set<InetSocketAddress> addresses(FieldReader in, int count) throws BadFieldException {
        if (count > NodeStatus.MAX_CLOSED) {
            throw new BadFieldException("too many addresses");
        }
        Set<InetSocketAddress> addresses = new HashSet<>();
        for (int i = 0; i < count; i++) {
            addresses.add(in.socketAddress());
        }
        return addresses;
    }

    private static Set<NodeRole> roles(int bits) {
        Set<NodeRole> roles = EnumSet.noneOf(NodeRole.class);
        for (NodeRole role : NodeRole.values()) {
            if ((bits & role.bit()) != 0) {
                roles.add(role);
            }
        }
        return roles;
    }
}
