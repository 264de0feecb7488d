package io.culvert.transport.h2;

import io.culvert.wire.h2.FrameBudget;

/**
 * The limits of a kind of connection.
 *
 * @param maxStreams streams that a peer may have open at once
 * @param firstStreamWindow bytes that a stream may bring before its reader has taken any
 * @param maxStreamWindow what a stream's window grows to while its reader keeps up
 * @param connectionWindow what the windows of all streams grow to together; the connection's own window is at least as large,
 *     and never smaller than theirs together: a reader that has stopped stalls its own stream and no other
 * @param maxFrame the longest frame that is taken
 * @param maxHeaderList the header fields of a request or an answer, in bytes
 * @param headerTable the dynamic table of header fields that the peer may keep, in bytes
 * @param queuedControl answers to PING and SETTINGS, and resets, that wait for the socket
 * @param resets RST_STREAMs of a peer in {@link Http2Limits#RESET_WINDOW_SECONDS}, or 0 where the budget alone counts them
 * @param faultyStreams streams that we reset in that time, or 0 for any number: resets are how sessions end
 * @param budgetBurst the frames without payload that may come at once
 * @param budgetPerSecond and those that may come each second
 */
public record Http2Profile(
        int maxStreams,
        int firstStreamWindow,
        int maxStreamWindow,
        int connectionWindow,
        int maxFrame,
        int maxHeaderList,
        int headerTable,
        int queuedControl,
        int resets,
        int faultyStreams,
        int budgetBurst,
        int budgetPerSecond) {
    private static final int DEFAULT_MAX_FRAME = 16 * 1024;
    private static final int DEFAULT_HEADER_TABLE = 4 * 1024;

    /** Connections with V2Ray's clients and servers. */
    static final Http2Profile PROXY = new Http2Profile(
            Http2Limits.MAX_STREAMS,
            Http2Limits.FIRST_STREAM_WINDOW,
            Http2Limits.MAX_STREAM_WINDOW,
            Http2Limits.CONNECTION_WINDOW,
            DEFAULT_MAX_FRAME,
            Http2Limits.MAX_HEADER_LIST,
            DEFAULT_HEADER_TABLE,
            Http2Limits.MAX_QUEUED_CONTROL,
            Http2Limits.RESETS,
            Http2Limits.FAULTY_STREAMS,
            FrameBudget.BURST,
            FrameBudget.PER_SECOND);
}
