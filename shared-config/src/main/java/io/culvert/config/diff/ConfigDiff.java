package io.culvert.config.diff;

import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.LogConfig;
import io.culvert.config.OutboundConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * What differs between the configuration that runs and the one that is to run (design section 6). Where something stands in
 * the text makes no difference.
 */
public final class ConfigDiff {
    private final List<Change> changes = new ArrayList<>();

    private ConfigDiff() {}

    /** Every difference: inbounds, outbounds, routing, policy, log, cluster. */
    public static List<Change> between(CulvertConfig before, CulvertConfig after) {
        ConfigDiff diff = new ConfigDiff();
        diff.inbounds(before.inbounds(), after.inbounds());
        diff.outbounds(before.outbounds(), after.outbounds());
        if (!Meaning.of(before.routing()).equals(Meaning.of(after.routing()))) {
            diff.changes.add(Change.applied("routing changed"));
        }
        if (!before.policy().equals(after.policy())) {
            diff.changes.add(Change.applied("policy changed"));
        }
        diff.log(before.log(), after.log());
        // A text without the section is one for all nodes.
        if (after.cluster() != null && !Objects.equals(Meaning.of(before.cluster()), Meaning.of(after.cluster()))) {
            diff.changes.add(Change.kept("\"cluster\" stays as it is until this node is started anew"));
        }
        return List.copyOf(diff.changes);
    }

    /** The configuration that a node may run in place of another: with its own log files and cluster section. */
    public static CulvertConfig runnable(CulvertConfig running, CulvertConfig next) {
        return new CulvertConfig(
                running.log().with(next.log().level()),
                next.inbounds(),
                next.outbounds(),
                next.routing(),
                next.policy(),
                running.cluster(),
                next.unsupported());
    }

    private void log(LogConfig before, LogConfig after) {
        if (before.level() != after.level()) {
            changes.add(Change.applied("log level is " + after.level()));
        }
        boolean said = !after.equals(LogConfig.ABSENT);
        boolean other = !before.access().equals(after.access())
                || !before.error().equals(after.error())
                || before.format() != after.format()
                || !before.rotation().equals(after.rotation());
        if (said && other) {
            changes.add(Change.kept("\"log\" stays in its files and form until this node is started anew"));
        }
    }

    private void outbounds(List<OutboundConfig> before, List<OutboundConfig> after) {
        Map<String, OutboundConfig> old = named(before, OutboundConfig::tag);
        Map<String, OutboundConfig> young = named(after, OutboundConfig::tag);
        old.keySet().stream()
                .filter(name -> !young.containsKey(name))
                .forEach(name -> changes.add(Change.applied("outbound " + name + " removed")));
        young.forEach((name, outbound) -> {
            OutboundConfig was = old.get(name);
            if (was == null) {
                changes.add(Change.applied("outbound " + name + " added"));
            } else if (!Meaning.of(was).equals(Meaning.of(outbound))) {
                changes.add(Change.applied("outbound " + name + " changed"));
            }
        });
        if (!before.isEmpty()
                && !after.isEmpty()
                && !before.getFirst().tag().equals(after.getFirst().tag())) {
            changes.add(Change.applied(
                    "the default outbound is [" + after.getFirst().tag() + "]"));
        }
    }

    private void inbounds(List<InboundConfig> before, List<InboundConfig> after) {
        Map<String, InboundConfig> old = named(before, InboundConfig::tag);
        Map<String, InboundConfig> young = named(after, InboundConfig::tag);
        old.keySet().stream()
                .filter(name -> !young.containsKey(name))
                .forEach(name -> changes.add(Change.applied("inbound " + name + " removed")));
        young.forEach((name, inbound) -> {
            InboundConfig was = old.get(name);
            if (was == null) {
                changes.add(Change.applied("inbound " + name + " added"));
            } else if (!Meaning.of(was).equals(Meaning.of(inbound))) {
                changes.add(Change.applied("inbound " + name + " changed" + users(was, inbound)));
            }
        });
    }

    private static String users(InboundConfig before, InboundConfig after) {
        Set<Object> old = users(before.settings());
        Set<Object> young = users(after.settings());
        long added = young.stream().filter(user -> !old.contains(user)).count();
        long removed = old.stream().filter(user -> !young.contains(user)).count();
        List<String> parts = new ArrayList<>();
        if (added > 0) {
            parts.add(counted(added) + " added");
        }
        if (removed > 0) {
            parts.add(counted(removed) + " removed");
        }
        return parts.isEmpty() ? "" : ": " + String.join(", ", parts);
    }

    private static String counted(long users) {
        return users + (users == 1 ? " user" : " users");
    }

    private static Set<Object> users(InboundSettings settings) {
        return switch (settings) {
            case InboundSettings.Vmess vmess -> new HashSet<>(vmess.users());
            case InboundSettings.Vless vless -> new HashSet<>(vless.users());
            case InboundSettings.Socks socks -> new HashSet<>(socks.accounts());
            case InboundSettings.Http http -> new HashSet<>(http.accounts());
            case InboundSettings.Dokodemo _, InboundSettings.Unbuilt _ -> Set.of();
        };
    }

    /** By tag, {@code [in]}; what has none by its place among its like, {@code #2}. */
    private static <T> Map<String, T> named(List<T> all, Function<T, String> tag) {
        Map<String, T> named = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            T one = all.get(i);
            String name = tag.apply(one);
            named.put(name.isEmpty() ? "#" + (i + 1) : "[" + name + "]", one);
        }
        return named;
    }
}
