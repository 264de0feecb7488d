package io.culvert.config.diff;

/**
 * One difference between two configurations.
 *
 * @param what in words, without secrets: {@code inbound [in] changed: 1 user added}
 */
public record Change(Kind kind, String what) {
    /** What can be done about it. */
    public enum Kind {
        /** Taken over while running. */
        APPLIED,
        /** Only a restart takes it over. */
        KEPT
    }

    static Change applied(String what) {
        return new Change(Kind.APPLIED, what);
    }

    static Change kept(String what) {
        return new Change(Kind.KEPT, what);
    }

    @Override
    public String toString() {
        return what;
    }
}
