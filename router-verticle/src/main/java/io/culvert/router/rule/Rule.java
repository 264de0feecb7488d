package io.culvert.router.rule;

import io.culvert.config.Position;
import io.culvert.model.SessionDescriptor;
import java.util.List;

/**
 * A rule, ready to run.
 *
 * @param conditions all of them must hold; at least one
 * @param outboundTag where sessions go that fulfil them
 * @param position where it is written
 */
public record Rule(List<Condition> conditions, String outboundTag, Position position) {
    public Rule {
        conditions = List.copyOf(conditions);
        if (conditions.isEmpty()) {
            throw new IllegalArgumentException("a rule has at least one condition");
        }
    }

    /** Whether a session fulfils every condition. */
    public boolean matches(SessionDescriptor session) {
        for (int i = 0; i < conditions.size(); i++) {
            if (!conditions.get(i).matches(session)) {
                return false;
            }
        }
        return true;
    }
}
