package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.Destination;
import io.culvert.model.LinkGrant;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionPolicy;
import org.jspecify.annotations.Nullable;

/** The answer of a router. */
final class RouteDecisionFormat extends RecordFormat<RouteDecision> {
    private static final int FORWARD = 1;
    private static final int REFUSE = 2;

    /** The first version whose decisions to forward say by which configuration. */
    private static final int WITH_CONFIG = 2;

    RouteDecisionFormat() {
        super(MAX_BYTES, WITH_CONFIG);
    }

    @Override
    void write(FieldWriter out, RouteDecision value) {
        switch (value) {
            case RouteDecision.Forward(
                    String egressNode,
                    String outboundTag,
                    Destination target,
                    SessionPolicy policy,
                    LinkGrant link,
                    ConfigVersion config) -> {
                out.u8(FORWARD);
                out.text(egressNode);
                out.text(outboundTag);
                out.destination(target);
                PolicyFields.write(out, policy);
                out.flag(link != null);
                if (link != null) {
                    out.socketAddress(link.address());
                    out.ticket(link.ticket());
                }
                out.flag(config != null);
                if (config != null) {
                    out.config(config);
                }
            }
            case RouteDecision.Refuse(CloseCause cause) -> {
                out.u8(REFUSE);
                out.u8(cause.code());
            }
        }
    }

    @Override
    RouteDecision read(FieldReader in) throws BadFieldException {
        return switch (in.u8()) {
            case FORWARD ->
                new RouteDecision.Forward(
                        in.text(), in.text(), in.destination(), PolicyFields.read(in), link(in), config(in));
            case REFUSE -> new RouteDecision.Refuse(CloseCause.ofCode(in.u8()));
            default -> throw new BadFieldException("unknown decision");
        };
    }

    private static @Nullable LinkGrant link(FieldReader in) throws BadFieldException {
        return in.flag() ? new LinkGrant(in.socketAddress(), in.ticket()) : null;
    }

    private static @Nullable ConfigVersion config(FieldReader in) throws BadFieldException {
        return in.since(WITH_CONFIG) && in.flag() ? in.config() : null;
    }
}
