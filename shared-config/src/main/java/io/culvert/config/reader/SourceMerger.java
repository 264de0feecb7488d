package io.culvert.config.reader;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Several files as one (peers section 2, "Multi-file merge"): a later file replaces whole sections; a single inbound or
 * outbound replaces the one of the same tag, else it is appended, an outbound put in front unless the file's name
 * contains "tail"; several replace all.
 */
final class SourceMerger {
    private final Report report;

    SourceMerger(Report report) {
        this.report = report;
    }

    /** @param files the objects of the files, at least one */
    Json.Obj merge(List<Json.Obj> files) {
        Json.Obj first = files.getFirst();
        Map<String, Json.Member> sections = new LinkedHashMap<>(first.members());
        for (Json.Obj later : files.subList(1, files.size())) {
            later.members()
                    .forEach((name, member) ->
                            put(sections, name, member, later.spot().file()));
        }
        return new Json.Obj(first.spot(), sections);
    }

    private void put(Map<String, Json.Member> sections, String name, Json.Member member, String file) {
        Json.Member earlier = sections.get(name);
        if (name.equals("port")) {
            report.warning(member.keySpot(), "the port at the top counts only in the first file");
        } else if ((name.equals("inbounds") || name.equals("outbounds"))
                && member.value() instanceof Json.Arr(Spot spot, List<Json> items)) {
            List<Json> given = present(items);
            if (given.isEmpty()) {
                return;
            }
            boolean alone = given.size() == 1;
            if (alone
                    && earlier != null
                    && earlier.value() instanceof Json.Arr list
                    && !list.items().isEmpty()) {
                boolean front = name.equals("outbounds")
                        && !file.toLowerCase(Locale.ROOT).contains("tail");
                Json merged = new Json.Arr(list.spot(), one(present(list.items()), given.getFirst(), front));
                sections.put(name, new Json.Member(earlier.key(), earlier.keySpot(), merged, earlier.shadowed()));
            } else {
                sections.put(name, member);
            }
        } else {
            sections.put(name, member);
        }
    }

    private static List<Json> one(List<Json> list, Json one, boolean front) {
        List<Json> merged = new ArrayList<>(list);
        String tag = tag(one);
        for (int i = 0; i < merged.size(); i++) {
            if (tag(merged.get(i)).equals(tag)) {
                merged.set(i, one);
                return merged;
            }
        }
        merged.add(front ? 0 : merged.size(), one);
        return merged;
    }

    private static String tag(Json element) {
        Json.Member tag = element instanceof Json.Obj object ? object.members().get("tag") : null;
        return tag != null && tag.value() instanceof Json.Text(Spot spot, String text) ? text : "";
    }

    private static List<Json> present(List<Json> items) {
        return items.stream().filter(item -> !(item instanceof Json.Nil)).toList();
    }
}
