package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.Destination;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The question of an ingress. */
final class SessionDescriptorFormat extends RecordFormat<SessionDescriptor> {
    private static final int ORIGIN_CLIENT = 0;
    private static final int ORIGIN_OPERATOR = 1;

    SessionDescriptorFormat() {
        super(MAX_BYTES);
    }

    @Override
    void write(FieldWriter out, SessionDescriptor value) {
        fields(out, value);
    }

    @Override
    SessionDescriptor read(FieldReader in) throws BadFieldException {
        return fields(in);
    }

    static void fields(FieldWriter out, SessionDescriptor value) {
        out.i64(value.id());
        out.text(value.ingressNode());
        out.text(value.inboundTag());
        out.socketAddress(value.source());
        out.destination(value.target());
        out.u8(code(value.origin()));
        UserRef user = value.user();
        out.flag(user != null);
        if (user != null) {
            out.text(user.email());
            out.i32(user.level());
        }
        out.optionalText(value.protocol());
    }

    static SessionDescriptor fields(FieldReader in) throws BadFieldException {
        long id = in.i64();
        String ingressNode = in.text();
        String inboundTag = in.text();
        InetSocketAddress source = in.socketAddress();
        Destination target = in.destination();
        // An origin that this build does not know must not pass for one that the address guard trusts.
        TargetOrigin origin = switch (in.u8()) {
            case ORIGIN_CLIENT -> TargetOrigin.CLIENT;
            case ORIGIN_OPERATOR -> TargetOrigin.OPERATOR;
            default -> throw new BadFieldException("unknown origin of the target");
        };
        @Nullable UserRef user = in.flag() ? new UserRef(in.text(), in.count()) : null;
        return new SessionDescriptor(id, ingressNode, inboundTag, source, target, origin, user, in.optionalText());
    }

    static int code(TargetOrigin origin) {
        return switch (origin) {
            case CLIENT -> ORIGIN_CLIENT;
            case OPERATOR -> ORIGIN_OPERATOR;
        };
    }
}
