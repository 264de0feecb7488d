package io.culvert.transport.quic;

import io.culvert.wire.packet.PacketSeal;

/** The numbers of the transport. Where the reference has one, it is the reference's (wire-formats section 15). */
public final class QuicLimits {
    static final int CONNECTION_ID_BYTES = 12;
    static final long HANDSHAKE_MILLIS = 8_000;
    static final long CLIENT_IDLE_MILLIS = 30_000;
    static final long SERVER_IDLE_MILLIS = 45_000;

    /** Streams that a client may have open at a time. */
    static final int STREAMS = 32;

    /** What a peer may send on a stream before any of it has been read, in bytes; grows with the flow. */
    static final long STREAM_WINDOW = 512 * 1024;

    /** The same for a connection: all streams may be full without stopping one that is read. */
    static final long CONNECTION_WINDOW = STREAMS * STREAM_WINDOW;

    /** The longest datagram that is sent, with header and seal: fits into 1,500 bytes with IPv6. */
    static final int MOST_SENT = 1_452;

    /** The longest datagram that is read whole. */
    static final int MOST_RECEIVED = PacketSeal.MAX_SEALED;

    /** Datagrams that one system call reads, and that are handled before what they brought is passed on. */
    static final int READ_AT_ONCE = 32;

    static final int READ_PER_TURN = 64;

    /** Datagrams that one system call sends: their sum must stay below 64 KiB. */
    static final int SEND_AT_ONCE = 40;

    /** Asked of the system, which may give less. */
    static final int SOCKET_BUFFER = 4 * 1024 * 1024;

    /** A stream's bytes that wait for a pipeline that does not read; QUIC's flow control holds the rest. */
    static final int MOST_QUEUED = 64 * 1024;

    /** What is written is passed to QUIC in pieces of this many bytes, or at the flush. */
    static final int WRITTEN_AT_ONCE = 64 * 1024;

    /** How long a closed stream waits for its peer's end before it is cut. */
    static final long LINGER_MILLIS = 5_000;

    /** How long a closed stream whose protocol has an end mark of its own waits for its peer's FIN before it sends one. */
    static final long END_AFTER_MILLIS = 1_000;

    /** Connections of a listener in their handshake, above which addresses must be proven first. */
    static final int PROVE_ADDRESS_ABOVE = 64;

    /** Connections of a listener in their handshake, above which no more are begun. */
    public static final int MOST_HANDSHAKING = 1_024;

    /** How long a proof of an address is good. */
    static final long PROOF_MILLIS = 10_000;

    /** Streams cut before their end, each of which costs memory as long as its connection lives: close once it is idle. */
    static final int CUT_STREAMS_UNTIL_IDLE_CLOSE = 1_000;

    /** The same, whatever else the connection carries: a peer that resets streams without end. */
    static final int MOST_CUT_STREAMS = 16_384;

    /** The application's error code on a stream that is cut; the reference looks at none. */
    static final int CUT = 0;

    private QuicLimits() {}
}
