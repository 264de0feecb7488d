package io.culvert.transport.link;

/**
 * Whether the peer of a connection lives. Looks are counted, and not the time between them: a process that was stopped itself
 * finds what its peers have sent meanwhile before it has looked twice.
 */
final class LinkPulse {
    /** What a look has found. */
    enum Verdict {
        ALIVE,
        /** Not heard since the last look: it should be asked. */
        SILENT,
        /** Not heard for {@link LinkLimits#SUSPECT_LOOKS} looks: nobody should wait for its answer. */
        SUSPECT,
        /** Not heard for {@link LinkLimits#DEAD_LOOKS} looks: it is gone. */
        DEAD
    }

    private boolean heard;
    private int silentLooks;

    /** Something has come from the peer. */
    void heard() {
        heard = true;
    }

    /** Looks; to be called every {@link LinkLimits#LOOK_MILLIS}. */
    Verdict look() {
        silentLooks = heard ? 0 : silentLooks + 1;
        heard = false;
        if (silentLooks >= LinkLimits.DEAD_LOOKS) {
            return Verdict.DEAD;
        }
        return isSuspect() ? Verdict.SUSPECT : silentLooks > 0 ? Verdict.SILENT : Verdict.ALIVE;
    }

    /** Whether the last look found the peer suspect. */
    boolean isSuspect() {
        return silentLooks >= LinkLimits.SUSPECT_LOOKS;
    }
}
