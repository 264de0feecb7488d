package io.culvert.bus;

import io.culvert.bus.FieldReader.BadFieldException;
import io.culvert.model.ConfigVersion;
import java.util.ArrayList;
import java.util.List;

/** {@link ConfigMessage} in bytes; by far the longest of the control path's messages. */
final class ConfigMessageFormat extends RecordFormat<ConfigMessage> {
    /** The longest configuration that a farm shares, with what says what it is. */
    static final int MAX_CONFIG_BYTES = 4 * 1024 * 1024 + 64 * 1024;

    /** The most texts, and the most lines. */
    private static final int MAX_PARTS = 1_000;

    ConfigMessageFormat() {
        super(MAX_CONFIG_BYTES);
    }

    @Override
    void write(FieldWriter out, ConfigMessage value) {
        if (value.texts().size() > MAX_PARTS || value.lines().size() > MAX_PARTS) {
            throw new BusFormatException("message of more than " + MAX_PARTS + " parts");
        }
        out.u8(value.kind().code());
        out.text(value.proposal());
        out.i64(value.version().epoch());
        out.u16(value.texts().size());
        for (ConfigMessage.Text text : value.texts()) {
            out.text(text.name());
            out.longText(text.text());
        }
        out.u16(value.lines().size());
        value.lines().forEach(out::longText);
        out.i64(value.version().millis());
        out.i64(value.version().digest());
        out.u8(value.before().size());
        for (ConfigVersion earlier : value.before()) {
            out.config(earlier);
        }
    }

    @Override
    ConfigMessage read(FieldReader in) throws BadFieldException {
        ConfigMessage.Kind kind = ConfigMessage.Kind.ofCode(in.u8());
        if (kind == null) {
            throw new BadFieldException("unknown kind");
        }
        String proposal = in.text();
        long epoch = in.i64();
        List<ConfigMessage.Text> texts = new ArrayList<>();
        for (int left = parts(in); left > 0; left--) {
            texts.add(new ConfigMessage.Text(in.text(), in.longText()));
        }
        List<String> lines = new ArrayList<>();
        for (int left = parts(in); left > 0; left--) {
            lines.add(in.longText());
        }
        ConfigVersion version = new ConfigVersion(epoch, in.i64(), in.i64());
        int count = in.u8();
        if (count > ConfigMessage.MAX_BEFORE) {
            throw new BadFieldException("too many earlier configurations");
        }
        List<ConfigVersion> before = new ArrayList<>();
        for (int left = count; left > 0; left--) {
            before.add(in.config());
        }
        return new ConfigMessage(kind, proposal, version, texts, lines, before);
    }

    private static int parts(FieldReader in) throws BadFieldException {
        int parts = in.u16();
        if (parts > MAX_PARTS) {
            throw new BadFieldException("too many parts");
        }
        return parts;
    }
}
