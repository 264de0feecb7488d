package io.culvert.bus;

import io.culvert.model.RouteDecision;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What has come of a question to the routers so far.
 *
 * @param asked routers that did not answer or know no egress, in the order of asking; one may be there twice
 * @param behind those that wait for the configuration themselves, since the last pause
 * @param last the last failure
 * @param refusal what a router has said that knows no egress, or null where none has
 * @param giveUpAt until when those that wait are asked again, by {@link System#nanoTime}
 */
record RouterSearch(
        List<String> asked,
        List<String> behind,
        String last,
        @Nullable RouteDecision refusal,
        long giveUpAt) {
    /** How many times routers are asked, but for those that wait for the configuration. */
    static final int MAX_TRIES = 3;

    static RouterSearch begin(long patienceMillis) {
        long giveUpAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        return new RouterSearch(List.of(), List.of(), "none is known", null, giveUpAt);
    }

    RouterSearch unanswered(String router, String why) {
        return new RouterSearch(with(asked, router), behind, why, refusal, giveUpAt);
    }

    RouterSearch refused(String router, RouteDecision answer) {
        return new RouterSearch(with(asked, router), behind, last, answer, giveUpAt);
    }

    RouterSearch behind(String router, String why) {
        return new RouterSearch(asked, with(behind, router), why, refusal, giveUpAt);
    }

    RouterSearch paused() {
        return new RouterSearch(asked, List.of(), last, refusal, giveUpAt);
    }

    private static List<String> with(List<String> all, String one) {
        List<String> more = new ArrayList<>(all);
        more.add(one);
        return List.copyOf(more);
    }

    /** Whether nobody has been asked yet. */
    boolean isFresh() {
        return asked.isEmpty() && behind.isEmpty();
    }

    /** Whether routers are to be asked again after a pause: one that has the configuration and knows no egress is enough. */
    boolean mayWait() {
        return refusal == null && !behind.isEmpty() && System.nanoTime() - giveUpAt < 0;
    }

    /**
     * Whom to ask next. A question may get lost on its way to another node: where there is nobody else, a router there that has
     * not answered is asked again, if possible not the last one.
     *
     * @param known all live routers
     * @param own the node that asks
     * @return empty where it is enough
     */
    List<String> candidates(List<String> known, String own) {
        if (asked.size() >= MAX_TRIES || behind.size() >= MAX_TRIES) {
            return List.of();
        }
        List<String> left = new ArrayList<>(known);
        left.removeAll(asked);
        left.removeAll(behind);
        if (left.isEmpty() && behind.isEmpty() && refusal == null && !asked.isEmpty()) {
            left.addAll(known);
            left.remove(own);
            if (left.size() > 1) {
                left.remove(asked.getLast());
            }
        }
        return left;
    }
}
