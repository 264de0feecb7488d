package io.culvert.config.reader;

import io.culvert.config.ClusterConfig;
import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.LogConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.PolicyConfig;
import io.culvert.config.PortRange;
import io.culvert.config.RoutingConfig;
import io.culvert.config.StreamConfig;
import io.culvert.model.NodeRole;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads configurations of V2Ray 4 into records (peers sections 2 and 5). Every fault is found in one go. What V2Ray 4.34
 * accepts is accepted, except what would silently weaken security; what this version cannot run is checked, reported and
 * listed in {@link CulvertConfig#unsupported()}. Nothing is read but what is given: no file, no clock.
 */
public final class ConfigLoader {
    private final Report report;
    private final Environment environment;

    private ConfigLoader(Report report, Environment environment) {
        this.report = report;
        this.environment = environment;
    }

    /**
     * Reads one configuration.
     *
     * @param sources the texts in their order, later ones change what earlier ones say
     */
    public static LoadResult load(List<Source> sources, Environment environment) {
        return load(sources, environment, (_, _) -> {});
    }

    /** @param read is told of each object that has been read, with the keys that its reader knows */
    static LoadResult load(List<Source> sources, Environment environment, BiConsumer<Spot, Set<String>> read) {
        Report report = new Report(sources.stream().map(Source::name).toList(), read);
        CulvertConfig config = new ConfigLoader(report, environment).read(sources);
        return new LoadResult(report.failed() ? null : config, report.diagnostics());
    }

    private @Nullable CulvertConfig read(List<Source> sources) {
        if (sources.isEmpty()) {
            report.error(Spot.top("", 0, 0), "no configuration is given");
            return null;
        }
        List<Json.Obj> files = new ArrayList<>();
        for (Source source : sources) {
            Json.Obj file = JsonTreeReader.read(source, report);
            if (file != null) {
                files.add(file);
            }
        }
        if (files.size() < sources.size()) {
            return null; // the rest would be full of faults that are none
        }
        for (Json.Obj file : files) {
            if (FormatV5.isIn(file, report)) {
                return null; // every other line would be a fault
            }
        }
        return sections(new Fields(new SourceMerger(report).merge(files), report));
    }

    private CulvertConfig sections(Fields top) {
        LogConfig log = LogReader.read(top.object("log"), report);
        PolicyConfig policy = new PolicyReader(report).read(top.object("policy"));
        SideSections side = new SideSections(report);
        side.read(top);
        StreamReader streams = new StreamReader(top.object("transport"), environment, report);
        List<InboundConfig> inbounds = inbounds(top, streams);
        List<OutboundConfig> outbounds = outbounds(top, streams);
        streams.finish();
        if (outbounds.isEmpty()) {
            report.warning(top.spot(), "there is no outbound: every session is refused");
        }
        Fields dns = top.object("dns");
        Tags tags = tags(inbounds, outbounds, side, dns);
        RoutingConfig routing =
                new RoutingReader(report, environment, tags, labelled(inbounds)).read(top.object("routing"));
        new DnsReader(report).read(dns, asksDns(outbounds, routing));
        ClusterConfig cluster = new ClusterReader(report, environment).read(top.object("cluster"));
        if (inbounds.isEmpty() && (cluster == null || cluster.roles().contains(NodeRole.INGRESS))) {
            report.warning(top.spot(), "there is no inbound: no client is served");
        }
        top.finish();
        return new CulvertConfig(
                log,
                Duplicates.inbounds(inbounds, report),
                withApi(Duplicates.outbounds(outbounds, report), side),
                routing,
                policy,
                cluster,
                report.unsupported());
    }

    private List<InboundConfig> inbounds(Fields top, StreamReader streams) {
        InboundReader reader = new InboundReader(report, environment, streams);
        long topPort = top.number("port", 0, Fields.UINT16, 0);
        PortRange port = topPort == 0 ? null : new PortRange((int) topPort, (int) topPort);
        List<InboundConfig> all = new ArrayList<>();
        for (Fields one : elements(top, "inbound", "inboundDetour", "inbounds")) {
            if (all.isEmpty() && port != null && one.has("port")) {
                report.warning(top.spotOf("port"), "the first inbound has a port of its own, and that alone counts");
            }
            all.add(reader.read(one, all.isEmpty() ? port : null));
        }
        return all;
    }

    private List<OutboundConfig> outbounds(Fields top, StreamReader streams) {
        OutboundReader reader = new OutboundReader(report, streams);
        List<OutboundConfig> all = new ArrayList<>();
        for (Fields one : elements(top, "outbound", "outboundDetour", "outbounds")) {
            all.add(reader.read(one));
        }
        return all;
    }

    /** The elements of the old spellings first, as V2Ray takes them. */
    private List<Fields> elements(Fields top, String single, String detour, String list) {
        List<Fields> all = new ArrayList<>();
        Fields alone = top.object(single);
        if (alone != null) {
            all.add(alone);
        }
        all.addAll(top.objects(detour));
        all.addAll(top.objects(list));
        for (String old : List.of(single, detour)) {
            if (top.has(old)) {
                report.warning(
                        top.spotOf(old), Words.quoted(old) + " is the spelling of V2Ray 3; use " + Words.quoted(list));
            }
        }
        return all;
    }

    private static Tags tags(
            List<InboundConfig> inbounds, List<OutboundConfig> outbounds, SideSections side, @Nullable Fields dns) {
        Set<String> in = new HashSet<>(side.inboundTags());
        inbounds.forEach(one -> in.add(one.tag()));
        if (dns != null) {
            in.add(dns.text("tag"));
        }
        Set<String> out = new HashSet<>(side.outboundTags());
        outbounds.forEach(one -> out.add(one.tag()));
        out.remove("");
        return new Tags(in, out);
    }

    /** Whether any inbound learns the protocol of its sessions: by sniffing, or because it is the HTTP proxy. */
    private static boolean labelled(List<InboundConfig> inbounds) {
        return inbounds.stream()
                .anyMatch(one -> one.sniffing().enabled() || one.settings() instanceof InboundSettings.Http);
    }

    private static boolean asksDns(List<OutboundConfig> outbounds, RoutingConfig routing) {
        boolean rules = routing.domainStrategy() != RoutingConfig.DomainStrategy.AS_IS
                && routing.rules().stream().anyMatch(rule -> !rule.ips().isEmpty());
        return rules
                || outbounds.stream().anyMatch(one -> switch (one.settings()) {
                    case OutboundSettings.Freedom freedom ->
                        freedom.domainStrategy() != OutboundSettings.DomainStrategy.AS_IS;
                    case OutboundSettings.Unbuilt(String protocol) -> protocol.equals("dns");
                    case OutboundSettings.Blackhole _,
                            OutboundSettings.Vmess _,
                            OutboundSettings.Vless _,
                            OutboundSettings.Socks _,
                            OutboundSettings.Http _ -> false;
                });
    }

    /**
     * Sessions for the API end in a blackhole of its tag as long as there is no API: V2Ray would never let them out
     * through the default outbound.
     */
    private static List<OutboundConfig> withApi(List<OutboundConfig> outbounds, SideSections side) {
        Spot spot = side.apiSpot();
        String tag = side.apiTag();
        boolean taken = outbounds.isEmpty()
                || outbounds.stream().anyMatch(one -> one.tag().equals(tag));
        if (spot == null || tag.isEmpty() || taken) {
            return outbounds;
        }
        List<OutboundConfig> all = new ArrayList<>(outbounds);
        all.add(new OutboundConfig(
                tag, null, new OutboundSettings.Blackhole(false), StreamConfig.RAW, spot.position()));
        return all;
    }
}
