package io.culvert.ingress.session;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionDescriptor;

/** A session as others may see it, from any thread; the numbers are of a moment ago. */
public interface LiveSession {
    SessionDescriptor descriptor();

    /** Handshaking, Routing, Dialling, Relaying or Closed. */
    String state();

    /** The outbound, or empty while it is not decided. */
    String outboundTag();

    long uplinkBytes();

    long downlinkBytes();

    /** Since the request was known, in milliseconds. */
    long ageMillis();

    /** Ends it, by a reset, once no payload has moved for a time; what is still being opened goes on. */
    void endWhenIdle(long nanos, CloseCause cause);

    /** Ends it. */
    void close(CloseCause cause);
}
