package io.culvert.transport.link;

import io.culvert.bus.RecordFormat;

/**
 * The limits of node links (reliability section 2e). A session that nobody reads may hold its own window and no more: 64 KiB,
 * or what its reader had earned before it stopped, of which a connection gives away {@link #CONNECTION_WINDOW} in all.
 */
public final class LinkLimits {
    /** Connecting to an egress, with TLS, and then proving a connection with a valid order, in milliseconds. */
    public static final long CONNECT_MILLIS = 5_000;
    /** A connection that is still being made after this long is not waited for: its sessions are tried elsewhere. */
    public static final long SLOW_CONNECT_MILLIS = 2_000;
    /** An egress answers in this time, in milliseconds: its dials are bounded by less. */
    public static final long ANSWER_MILLIS = 30_000;
    /** How often a connection is looked at, and asked for a sign of life where it gave none, in milliseconds. */
    public static final long LOOK_MILLIS = 1_000;
    /** Looks without a byte from the peer after which no session waits for its answer any more: it is tried elsewhere. */
    public static final int SUSPECT_LOOKS = 2;
    /** Looks without a byte from the peer after which the connection is lost: 4 to 5 seconds. */
    public static final int DEAD_LOOKS = 4;
    /** How long what was sent may stay without the kernel's acknowledgement before it gives the peer up, in milliseconds. */
    public static final int UNACKNOWLEDGED_MILLIS = 10_000;
    /** Sessions on a connection before an ingress opens another one beside it. */
    public static final int SESSIONS_PER_CONNECTION = 1_024;
    /** Connections of an event loop to one egress. */
    public static final int CONNECTIONS_PER_EGRESS = 16;
    /** Sessions that wait for one connection to be made. */
    public static final int WAITING = 4_096;
    /** Connections of an event loop that have not brought a valid order yet; one more, and the oldest goes. */
    public static final int STRANGERS = 256;
    /** Bytes that a connection may bring without a valid order among them: preface, settings, and the longest order. */
    public static final int STRANGER_BYTES = 16 * 1024;
    /** What of a client's first bytes is sent ahead with its order at most: a ClientHello with post-quantum keys, the head of a request. */
    public static final int SENT_AHEAD = 8 * 1024;
    /** How much later than the ingress's timers those of the egress end a session that is idle, in milliseconds. */
    public static final long TIMER_SLACK_MILLIS = 60_000;
    /** The longest timer that an egress takes from an order, in milliseconds: 30 days. */
    public static final long MAX_TIMER_MILLIS = 30L * 24 * 3600 * 1000;
    /** The largest queue of a direction that an egress takes from an order, in bytes. */
    public static final int MAX_BUFFER = 16 * 1024 * 1024;

    /** Sessions that an egress takes on a connection. */
    public static final int STREAMS = 10_000;
    /** The first window of a session's direction, in bytes; it doubles whenever its reader has taken a whole one. */
    public static final int FIRST_WINDOW = 64 * 1024;
    /** What a window may grow to, in bytes. */
    public static final int MAX_WINDOW = 4 * 1024 * 1024;
    /** Windows of a connection together beyond which none grows, in bytes. */
    public static final int CONNECTION_WINDOW = 64 * 1024 * 1024;

    /** More leave to send than this, in bytes, is no peer's of this farm. */
    static final int MAX_SEND_WINDOW = 16 * MAX_WINDOW;
    /** The most payload in a frame that is sent, in bytes. */
    static final int FRAME = 64 * 1024;
    /** The most that a frame without payload may bring, in bytes: an order. */
    static final int MAX_CONTROL = RecordFormat.MAX_BYTES;
    /** The queue in front of the socket at which its streams stop writing, in bytes. */
    static final int SOCKET_QUEUE = 256 * 1024;
    /** DATA with less than this, in bytes, is written together with its head; and costs the receiver a token. */
    static final int SMALL_DATA = 32;

    /** Frames that bring no payload to speak of: at once, and in each second. */
    public static final int FRAMES_AT_ONCE = 400_000;

    public static final int FRAMES_A_SECOND = 200_000;

    private LinkLimits() {}
}
