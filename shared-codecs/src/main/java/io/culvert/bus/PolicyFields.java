package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.SessionPolicy;

/** The limits of a session within a message. */
final class PolicyFields {
    private PolicyFields() {}

    static void write(FieldWriter out, SessionPolicy policy) {
        out.i64(policy.connIdleMillis());
        out.i64(policy.uplinkOnlyMillis());
        out.i64(policy.downlinkOnlyMillis());
        out.i32(policy.bufferBytes());
    }

    static SessionPolicy read(FieldReader in) throws BadFieldException {
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
