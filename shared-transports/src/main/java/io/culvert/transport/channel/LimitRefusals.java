package io.culvert.transport.channel;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** How often limits of connections have refused somebody in this process. Safe for all threads; counting allocates nothing. */
public final class LimitRefusals {
    /** A limit of a connection, or of a socket for connections, that is no limit of the node's. */
    public enum Limit {
        /** A peer that floods an HTTP/2 connection with frames, resets or faulty streams: the connection ends. */
        HTTP2_FRAMES("http2 frames"),
        /** A stream beyond those that an HTTP/2 connection may have open: the stream is refused. */
        HTTP2_STREAMS("http2 streams"),
        /** A request with more bytes of header fields than HTTP/2 may bring: the request is refused. */
        HTTP2_HEADERS("http2 headers"),
        /** A packet that would begin a QUIC connection while a socket has as many in their handshake as it may: it is dropped. */
        QUIC_HANDSHAKES("quic handshakes"),
        /** Another node that floods a link with frames: the connection ends. */
        LINK_FRAMES("link frames");

        private final String text;

        Limit(String text) {
            this.text = text;
        }

        /** The limit in words, as the metric's label has it. */
        public String text() {
            return text;
        }
    }

    private static final Map<Limit, LongAdder> COUNTS = counts();

    private LimitRefusals() {}

    /** One more. */
    public static void count(Limit limit) {
        adder(limit).increment();
    }

    /** How many since the process began. */
    public static long sum(Limit limit) {
        return adder(limit).sum();
    }

    private static LongAdder adder(Limit limit) {
        return Objects.requireNonNull(COUNTS.get(limit));
    }

    private static Map<Limit, LongAdder> counts() {
        Map<Limit, LongAdder> counts = new EnumMap<>(Limit.class);
        for (Limit limit : Limit.values()) {
            counts.put(limit, new LongAdder());
        }
        return counts;
    }
}
