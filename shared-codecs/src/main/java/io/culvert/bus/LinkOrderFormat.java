package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.ConfigVersion;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionDescriptor;
import org.jspecify.annotations.Nullable;

/** The opening of a stream of the node link. */
final class LinkOrderFormat extends RecordFormat<LinkOrder> {
    /** The first version whose orders say which configuration's outbound is meant. */
    private static final int WITH_CONFIG = 2;

    LinkOrderFormat() {
        super(MAX_BYTES, WITH_CONFIG);
    }

    @Override
    void write(FieldWriter out, LinkOrder value) {
        DialOrder order = value.order();
        out.ticket(value.ticket());
        out.text(order.egressNode());
        out.text(order.outboundTag());
        out.destination(order.target());
        PolicyFields.write(out, order.policy());
        SessionDescriptorFormat.fields(out, order.session());
        ConfigVersion config = order.config();
        out.flag(config != null);
        if (config != null) {
            out.config(config);
        }
    }

    @Override
    LinkOrder read(FieldReader in) throws BadFieldException {
        var ticket = in.ticket();
        String egressNode = in.text();
        String outboundTag = in.text();
        var target = in.destination();
        var policy = PolicyFields.read(in);
        SessionDescriptor session = SessionDescriptorFormat.fields(in);
        @Nullable ConfigVersion config = in.since(WITH_CONFIG) && in.flag() ? in.config() : null;
        return new LinkOrder(new DialOrder(session, egressNode, outboundTag, target, policy, null, config), ticket);
    }
}
