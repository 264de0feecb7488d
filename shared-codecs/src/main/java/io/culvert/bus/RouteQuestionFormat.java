package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.SessionDescriptor;
import java.util.ArrayList;
import java.util.List;

/** The question of an ingress: a descriptor, and what has failed before. */
final class RouteQuestionFormat extends RecordFormat<RouteQuestion> {
    private final SessionDescriptorFormat descriptor = new SessionDescriptorFormat();

    RouteQuestionFormat() {
        super(MAX_BYTES);
    }

    @Override
    void write(FieldWriter out, RouteQuestion value) {
        descriptor.write(out, value.session());
        out.u8(value.failedEgresses().size());
        for (String node : value.failedEgresses()) {
            out.text(node);
        }
        out.i64(value.epoch());
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
        return new RouteQuestion(session, failed, in.i64());
    }
}
