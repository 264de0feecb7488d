package io.culvert.config.reader;

import io.culvert.config.PolicyConfig;
import io.culvert.model.SessionPolicy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code policy} section (wire-formats section 18.1, peers section 0.1). */
final class PolicyReader {
    /** What {@code bufferSize} may ask for at most, per direction; also what "unlimited" means. */
    static final int MAX_BUFFER_BYTES = 4 * 1024 * 1024;
    /** What {@code "bufferSize": 0} means: one buffer of V2Ray's size is handed over at a time. */
    static final int SMALLEST_BUFFER_BYTES = 2 * 1024;

    private static final List<String> SYSTEM_SWITCHES =
            List.of("statsInboundUplink", "statsInboundDownlink", "statsOutboundUplink", "statsOutboundDownlink");

    private final Report report;

    PolicyReader(Report report) {
        this.report = report;
    }

    PolicyConfig read(@Nullable Fields policy) {
        if (policy == null) {
            return PolicyConfig.ABSENT;
        }
        Map<Integer, PolicyConfig.Level> levels = new HashMap<>();
        Fields byLevel = policy.object("levels");
        if (byLevel != null) {
            byLevel.each(member -> {
                Long number = Fields.integer(member.key());
                if (number == null || number < 0 || number > Fields.UINT32) {
                    report.error(member.keySpot(), "a level is a whole number from 0 to " + Fields.UINT32);
                    return;
                }
                Fields level = byLevel.asObject(member.value());
                if (level != null) {
                    levels.put(number.intValue(), level(level));
                }
            });
        }
        system(policy.object("system"));
        PolicyConfig.Drain drain = drain(policy.object("drain"));
        policy.finish();
        return new PolicyConfig(levels, true, drain);
    }

    /** Culvert's own; 4.34 passes it over. */
    private PolicyConfig.Drain drain(@Nullable Fields drain) {
        PolicyConfig.Drain usual = PolicyConfig.Drain.DEFAULT;
        if (drain == null) {
            return usual;
        }
        // Who names one limit only has the others follow it.
        Long hardSaid = drainMillis(drain, "hard");
        Long softSaid = drainMillis(drain, "soft");
        long soft = softSaid != null
                ? softSaid
                : Math.min(usual.softMillis(), hardSaid == null ? Long.MAX_VALUE : hardSaid);
        long hard = hardSaid != null ? hardSaid : Math.max(usual.hardMillis(), soft);
        Long graceSaid = drainMillis(drain, "grace");
        long grace = graceSaid == null ? usual.graceMillis() : graceSaid;
        drain.finish();
        if (grace > soft || soft > hard) {
            report.error(
                    drain.spot(),
                    "expected \"grace\" <= \"soft\" <= \"hard\", all counted from the beginning of the drain");
            return usual;
        }
        return new PolicyConfig.Drain(grace, soft, hard);
    }

    private static @Nullable Long drainMillis(Fields drain, String key) {
        Long seconds = drain.numberOrNull(key, 0, PolicyConfig.Drain.MAX_MILLIS / 1_000);
        return seconds == null ? null : seconds * 1_000;
    }

    private PolicyConfig.Level level(Fields level) {
        SessionPolicy plain = SessionPolicy.DEFAULT;
        long handshake = millis(level, "handshake", PolicyConfig.Level.DEFAULT.handshakeMillis());
        long idle = millis(level, "connIdle", plain.connIdleMillis());
        for (String key : List.of("handshake", "connIdle")) {
            if (level.has(key) && level.number(key, 0, Fields.UINT32, 1) == 0) {
                report.warning(level.spotOf(key), "0 ends every session at once");
            }
        }
        SessionPolicy session = new SessionPolicy(
                idle,
                millis(level, "uplinkOnly", plain.uplinkOnlyMillis()),
                millis(level, "downlinkOnly", plain.downlinkOnlyMillis()),
                bufferBytes(level));
        for (String counter : List.of("statsUserUplink", "statsUserDownlink")) {
            if (level.flag(counter)) {
                report.withoutEffect(level.spotOf(counter), Words.quoted(counter));
            }
        }
        level.finish();
        return new PolicyConfig.Level(handshake, session);
    }

    private static long millis(Fields level, String key, long otherwise) {
        Long seconds = level.numberOrNull(key, 0, Fields.UINT32);
        return seconds == null ? otherwise : seconds * 1_000;
    }

    private int bufferBytes(Fields level) {
        Long kib = level.numberOrNull("bufferSize", Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (kib == null) {
            return SessionPolicy.DEFAULT_BUFFER_BYTES;
        }
        if (kib < 0) {
            return MAX_BUFFER_BYTES;
        }
        long bytes = kib * 1024;
        if (bytes > MAX_BUFFER_BYTES) {
            report.warning(level.spotOf("bufferSize"), "at most " + MAX_BUFFER_BYTES / 1024 + " KiB are used");
        }
        return Math.clamp(bytes, SMALLEST_BUFFER_BYTES, MAX_BUFFER_BYTES);
    }

    private void system(@Nullable Fields system) {
        if (system == null) {
            return;
        }
        for (String key : SYSTEM_SWITCHES) {
            if (system.flag(key)) {
                report.withoutEffect(system.spotOf(key), Words.quoted(key));
            }
        }
        system.finish();
    }
}
