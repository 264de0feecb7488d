package io.culvert.config;

import java.util.List;

/** The {@code cluster} section as written (design section 6). */
public record ClusterConfig(String name, List<String> roles, String bind, List<String> members, Position position) {
    public ClusterConfig {
        roles = List.copyOf(roles);
        members = List.copyOf(members);
    }
}
