package io.culvert.transport.channel;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** The datagrams of the process that were not passed on, by reason. Safe for all threads; counting allocates nothing. */
public final class DroppedDatagrams {
    /** Why a datagram was not passed on. */
    public enum Reason {
        /** The next socket or stream still holds as much as it may, right after it was flushed. */
        CONGESTED("congested"),
        /** More has come than may wait while the destination is being opened. */
        OPENING("destination not open yet"),
        /** It does not fit a chunk or a length of the protocol that was to carry it. */
        TOO_LONG("too long for the protocol"),
        /** Nobody asked for it: malformed, or of a client without an association. */
        UNWANTED("malformed or without association"),
        /** It would begin a session, and the node takes no more of them. */
        NO_PLACE("session limit"),
        /** It would begin a session, and the socket is being left. */
        DRAINING("draining");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** The reason in words, as the metric's label has it. */
        public String text() {
            return text;
        }
    }

    private static final Map<Reason, LongAdder> COUNTS = counts();

    private DroppedDatagrams() {}

    /** One more. */
    public static void count(Reason reason) {
        adder(reason).increment();
    }

    /** How many since the process began. */
    public static long sum(Reason reason) {
        return adder(reason).sum();
    }

    private static LongAdder adder(Reason reason) {
        return Objects.requireNonNull(COUNTS.get(reason));
    }

    private static Map<Reason, LongAdder> counts() {
        Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);
        for (Reason reason : Reason.values()) {
            counts.put(reason, new LongAdder());
        }
        return counts;
    }
}
