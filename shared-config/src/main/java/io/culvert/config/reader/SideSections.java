package io.culvert.config.reader;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sections beside the way of a session: {@code api}, {@code stats}, {@code reverse}, and those of other versions. */
final class SideSections {
    private static final List<String> SERVICES =
            List.of("HandlerService", "LoggerService", "StatsService", "ReflectionService");
    private static final List<String> LATER_SERVICES =
            List.of("RoutingService", "ObservatoryService", "InstanceService", "InstanceManagementService");
    private static final List<String> WITHOUT_EFFECT = List.of(
            "fakedns",
            "observatory",
            "burstObservatory",
            "multiObservatory",
            "metrics",
            "browserForwarder",
            "services",
            "geodata");

    private final Report report;
    private final Set<String> inboundTags = new HashSet<>();
    private final Set<String> outboundTags = new HashSet<>();
    private String apiTag = "";
    private @Nullable Spot apiSpot;

    SideSections(Report report) {
        this.report = report;
    }

    void read(Fields top) {
        api(top.object("api"));
        Fields stats = top.object("stats");
        if (stats != null) {
            report.withoutEffect(stats.spot(), "counting traffic (\"stats\")");
            stats.finish();
        }
        reverse(top.object("reverse"));
        for (String key : WITHOUT_EFFECT) {
            if (top.has(key)) {
                report.withoutEffect(top.spotOf(key), Words.quoted(key));
            }
        }
        top.withoutEffect("version");
    }

    /** What rules may name as an inbound although it is none. */
    Set<String> inboundTags() {
        return inboundTags;
    }

    /** What rules may name as an outbound although it is none. */
    Set<String> outboundTags() {
        return outboundTags;
    }

    /** The tag under which rules reach the API, or empty. */
    String apiTag() {
        return apiTag;
    }

    /** Where the API is configured, or null. */
    @Nullable
    Spot apiSpot() {
        return apiSpot;
    }

    private void api(@Nullable Fields api) {
        if (api == null) {
            return;
        }
        apiTag = api.text("tag");
        apiSpot = api.spot();
        if (apiTag.isEmpty() && api.text("listen").isEmpty()) {
            report.error(api.spotOf("tag"), "API tag can't be empty.");
        }
        outboundTags.add(apiTag);
        for (Json.Text service : api.texts("services")) {
            boolean known = SERVICES.stream().anyMatch(service.value()::equalsIgnoreCase)
                    || LATER_SERVICES.stream().anyMatch(service.value()::equalsIgnoreCase);
            if (!known) {
                report.warning(
                        service.spot(),
                        Words.quoted(service.value()) + " is not a service of the API"
                                + Words.didYouMean(service.value().toLowerCase(Locale.ROOT), SERVICES));
            }
        }
        report.withoutEffect(api.spot(), "the API");
        api.know("listen");
        api.finish();
    }

    private void reverse(@Nullable Fields reverse) {
        if (reverse == null) {
            return;
        }
        ends(reverse, "bridges", inboundTags);
        ends(reverse, "portals", outboundTags);
        reverse.finish();
    }

    private void ends(Fields reverse, String key, Set<String> tags) {
        for (Fields end : reverse.objects(key)) {
            tags.add(end.text("tag"));
            String name = key.substring(0, key.length() - 1);
            for (String field : List.of("tag", "domain")) {
                if (end.text(field).isEmpty()) {
                    report.error(end.spotOf(field), name + " " + field + " is empty");
                }
            }
            end.finish();
            report.unsupported(end.spot(), "the reverse proxy");
        }
    }
}
