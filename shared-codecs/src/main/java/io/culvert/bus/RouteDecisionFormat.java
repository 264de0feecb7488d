package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionPolicy;

/** The answer of a router. */
final class RouteDecisionFormat extends RecordFormat<RouteDecision> {
    private static final int FORWARD = 1;
    private static final int REFUSE = 2;

    RouteDecisionFormat() {
        super(MAX_BYTES);
    }

    @Override
    void write(FieldWriter out, RouteDecision value) {
        switch (value) {
            case RouteDecision.Forward(
                    String egressNode,
                    String outboundTag,
                    Destination target,
                    SessionPolicy policy) -> {
                out.u8(FORWARD);
                out.text(egressNode);
                out.text(outboundTag);
                out.destination(target);
                out.i64(policy.connIdleMillis());
                out.i64(policy.uplinkOnlyMillis());
                out.i64(policy.downlinkOnlyMillis());
                out.i32(policy.bufferBytes());
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
            case FORWARD -> new RouteDecision.Forward(in.text(), in.text(), in.destination(), policy(in));
            case REFUSE -> new RouteDecision.Refuse(CloseCause.ofCode(in.u8()));
            default -> throw new BadFieldException("unknown decision");
        };
    }

    private static SessionPolicy policy(FieldReader in) throws BadFieldException {
        long connIdle = in.millis();
        long uplinkOnly = in.millis();
        long downlinkOnly = in.millis();
        int bufferBytes = in.count();
        if (bufferBytes == 0) {
            throw new BadFieldException("empty buffer");
        }
        return new SessionPolicy(connIdle, uplinkOnly, downlinkOnly, bufferBytes);
    }
}
