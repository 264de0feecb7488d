package io.culvert.config.reader;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Recognises the other JSON of V2Ray 5 ({@code jsonv5}). Some of it looks like version 4 with unknown keys, and read as
 * that it would send in plain text what was meant to be encrypted.
 */
final class FormatV5 {
    private FormatV5() {}

    /** Whether a file is written in that format; if so, one error says so. */
    static boolean isIn(Json.Obj file, Report report) {
        Spot sign = sign(file);
        if (sign != null) {
            report.error(
                    sign,
                    "this is the new format of V2Ray 5 (\"jsonv5\"); Culvert reads the JSON of V2Ray 4, which V2Ray 5 reads"
                            + " too");
        }
        return sign != null;
    }

    private static @Nullable Spot sign(Json.Obj file) {
        Json.Member router = file.members().get("router");
        if (router != null) {
            return router.keySpot();
        }
        if (member(file, "log") instanceof Json.Obj log) {
            for (String target : List.of("access", "error")) {
                if (member(log, target) instanceof Json.Obj v5) {
                    return v5.spot();
                }
            }
        }
        for (String list : List.of("inbounds", "outbounds")) {
            if (member(file, list) instanceof Json.Arr(Spot spot, List<Json> items)) {
                for (Json item : items) {
                    Spot sign = signOfStream(item);
                    if (sign != null) {
                        return sign;
                    }
                }
            }
        }
        return null;
    }

    private static @Nullable Spot signOfStream(Json item) {
        if (item instanceof Json.Obj element && member(element, "streamSettings") instanceof Json.Obj stream) {
            for (String key : List.of("securitySettings", "transportSettings")) {
                Json.Member member = stream.members().get(key.toLowerCase(Locale.ROOT));
                if (member != null) {
                    return member.keySpot();
                }
            }
        }
        return null;
    }

    private static @Nullable Json member(Json.Obj object, String key) {
        Json.Member member = object.members().get(key.toLowerCase(Locale.ROOT));
        return member == null ? null : member.value();
    }
}
