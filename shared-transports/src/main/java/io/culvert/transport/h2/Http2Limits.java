package io.culvert.transport.h2;

/**
 * The limits of an HTTP/2 connection. The windows of its streams never add up to more than the connection's window: a reader
 * that is slow, or has stopped, stalls its own stream and no other, and what a connection may hold in memory is bounded by
 * {@link #CONNECTION_WINDOW}.
 */
public final class Http2Limits {
    /** Streams that a peer may have open at once. */
    public static final int MAX_STREAMS = 128;
    /** Bytes that a stream may bring before its reader has taken any. */
    static final int FIRST_STREAM_WINDOW = 256 * 1024;
    /** What a stream's window grows to while its reader keeps up. */
    static final int MAX_STREAM_WINDOW = 4 * 1024 * 1024;
    /** Bytes that a connection may bring before their readers have taken any. */
    static final int CONNECTION_WINDOW = 64 * 1024 * 1024;
    /** The queue in front of the socket at which its streams stop writing, in bytes. */
    static final int SOCKET_QUEUE = 256 * 1024;
    /** What a stream reads in a turn before what it brought is passed on and flushed, in bytes. */
    static final int READ_BYTES = 256 * 1024;
    /** The header fields of a request or an answer, in bytes. */
    public static final int MAX_HEADER_LIST = 8 * 1024;
    /** CONTINUATION frames of one header block that bring little. */
    static final int MAX_SMALL_CONTINUATIONS = 16;
    /** Empty DATA frames one after the other. */
    static final int MAX_EMPTY_DATA = 16;
    /** Answers to PING and SETTINGS, and resets, that wait for the socket. */
    static final int MAX_QUEUED_CONTROL = 1_000;
    /** RST_STREAMs of a peer in a window: V2Ray ends every stream with one, so this is also its new sessions in that time. */
    public static final int RESETS = 10_000;
    /** Streams that we had to reset for what was wrong on them. */
    public static final int FAULTY_STREAMS = 200;

    /** The window in which both are counted. */
    public static final int RESET_WINDOW_SECONDS = 10;

    private Http2Limits() {}
}
