package io.culvert.wire.vmess;

/** Where a body decoder stands after a call. */
public enum BodyStatus {
    /** All whole chunks have been taken; more bytes are needed. */
    MORE,
    /** Packet mode: one datagram has been written; call again for the next. */
    PACKET,
    /** The end marker has come. What follows it on the connection means nothing. */
    END,
    /** A chunk failed its size check or its authentication: the connection must end. */
    CORRUPT
}
