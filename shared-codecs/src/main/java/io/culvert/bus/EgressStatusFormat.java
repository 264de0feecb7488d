package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import java.util.HashSet;
import java.util.Set;

/** What an egress announces. */
final class EgressStatusFormat extends RecordFormat<EgressStatus> {
    EgressStatusFormat() {
        super(MAX_ANNOUNCEMENT_BYTES);
    }

    @Override
    void write(FieldWriter out, EgressStatus value) {
        out.text(value.node());
        out.i64(value.epoch());
        out.u16(value.outboundTags().size());
        for (String tag : value.outboundTags()) {
            out.text(tag);
        }
        out.i32(value.sessions());
        out.flag(value.draining());
        out.u8(value.protocolVersion());
    }

    @Override
    EgressStatus read(FieldReader in) throws BadFieldException {
        String node = in.text();
        long epoch = in.i64();
        int count = in.u16();
        Set<String> tags = new HashSet<>();
        for (int i = 0; i < count; i++) {
            tags.add(in.text());
        }
        int sessions = in.count();
        boolean draining = in.flag();
        int protocolVersion = in.u8();
        if (protocolVersion == 0) {
            throw new BadFieldException("protocol version 0");
        }
        return new EgressStatus(node, epoch, tags, sessions, draining, protocolVersion);
    }
}
