package io.culvert.ingress.session;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionDescriptor;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Hears what becomes of clients; never blocks, any thread. */
public interface SessionLog {
    /** A log that forgets everything. */
    SessionLog NONE = new SessionLog() {
        @Override
        public void accepted(SessionDescriptor session, String outboundTag) {}

        @Override
        public void closed(
                SessionDescriptor session,
                String outboundTag,
                @Nullable String server,
                CloseCause cause,
                long up,
                long down,
                long millis) {}

        @Override
        public void rejected(InetSocketAddress source, CloseCause cause, String why) {}
    };

    /** A router has decided where a session goes. */
    void accepted(SessionDescriptor session, String outboundTag);

    /**
     * A session has ended.
     *
     * @param server the proxy server that took it, or null for none
     * @param up bytes of payload from the client
     * @param down bytes of payload to it
     * @param millis how long it was
     */
    void closed(
            SessionDescriptor session,
            String outboundTag,
            @Nullable String server,
            CloseCause cause,
            long up,
            long down,
            long millis);

    /**
     * A client has not become a session.
     *
     * @param why what was wrong with its request, or empty
     */
    void rejected(InetSocketAddress source, CloseCause cause, String why);
}
