package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.SessionDescriptor;
import java.util.ArrayList;
import java.util.List;

/** The question of an ingress: a descriptor, and what has failed before. */
final class RouteQuestionFormat extends RecordFormat<RouteQuestion> {
    /** The first version whose questions say which version of the control path the ingress speaks; before it was the first. */
    private static final int WITH_PROTOCOL = 2;

    private static final int FIRST_PROTOCOL = 1;

    private final SessionDescriptorFormat descriptor = new SessionDescriptorFormat();

    RouteQuestionFormat() {
        super(MAX_BYTES, WITH_PROTOCOL);
    }

    @Override
    void write(FieldWriter out, RouteQuestion value) {
        descriptor.write(out, value.session());
        out.u8(value.failedEgresses().size());
        for (String node : value.failedEgresses()) {
            out.text(node);
        }
        out.i64(value.epoch());
        out.u8(value.protocolVersion());
    }

    @Override
    RouteQuestion read(FieldReader in) throws BadFieldException {
        SessionDescriptor session = descriptor.read(in);
        int count = in.u8();
        if (count > RouteQuestion.MAX_FAILED) {
            throw new BadFieldException("too many failed egresses");
        }
        List<String> failed = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            failed.add(in.text());
        }
        long epoch = in.i64();
        return new RouteQuestion(session, failed, epoch, in.since(WITH_PROTOCOL) ? in.u8() : FIRST_PROTOCOL);
    }
}
