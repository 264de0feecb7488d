package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionDescriptor;

/** The opening of a stream of the node link. */
final class LinkOrderFormat extends RecordFormat<LinkOrder> {
    LinkOrderFormat() {
        super(MAX_BYTES);
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
    }

    @Override
    LinkOrder read(FieldReader in) throws BadFieldException {
        var ticket = in.ticket();
        String egressNode = in.text();
        String outboundTag = in.text();
        var target = in.destination();
        var policy = PolicyFields.read(in);
        SessionDescriptor session = SessionDescriptorFormat.fields(in);
        return new LinkOrder(new DialOrder(session, egressNode, outboundTag, target, policy, null), ticket);
    }
}
