package io.culvert.config.reader;

import io.culvert.config.Diagnostic;
import io.culvert.config.InboundConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.config.Position;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Tags that are given twice: V2Ray lets the later one win. */
final class Duplicates {
    private Duplicates() {}

    /** The inbounds that V2Ray would start: of those with the same tag the last. */
    static List<InboundConfig> inbounds(List<InboundConfig> all, Report report) {
        List<InboundConfig> kept = new ArrayList<>();
        Set<String> later = new HashSet<>();
        for (InboundConfig one : all.reversed()) {
            if (one.tag().isEmpty() || later.add(one.tag())) {
                kept.addFirst(one);
            } else {
                warn(one.position(), one.tag(), "this inbound is not started, as in V2Ray", report);
            }
        }
        return kept;
    }

    /** The outbounds, each tag once; the first one stays the default even where its tag goes to a later one. */
    static List<OutboundConfig> outbounds(List<OutboundConfig> all, Report report) {
        List<OutboundConfig> kept = new ArrayList<>();
        Set<String> later = new HashSet<>();
        for (int i = all.size() - 1; i >= 0; i--) {
            OutboundConfig one = all.get(i);
            if (one.tag().isEmpty() || later.add(one.tag())) {
                kept.addFirst(one);
            } else if (i == 0) {
                warn(
                        one.position(),
                        one.tag(),
                        "this outbound stays the default, but rules reach the later one",
                        report);
                kept.addFirst(new OutboundConfig(
                        "", one.nodes(), one.sendThrough(), one.settings(), one.stream(), one.position()));
            } else {
                warn(one.position(), one.tag(), "this outbound is never used, as in V2Ray", report);
            }
        }
        return kept;
    }

    private static void warn(Position position, String tag, String consequence, Report report) {
        report.add(
                Diagnostic.Severity.WARNING,
                position,
                "the tag " + Words.quoted(tag) + " is given again: " + consequence);
    }
}
