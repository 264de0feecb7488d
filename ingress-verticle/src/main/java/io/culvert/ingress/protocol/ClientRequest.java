package io.culvert.ingress.protocol;

import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import org.jspecify.annotations.Nullable;

/**
 * What a client asked for.
 *
 * @param user who authenticated, or null
 * @param protocol the application protocol where the inbound knows it ({@code http/1.1}), or null
 * @param refusal what to tell the client when the session cannot be opened, or null to close its channel
 */
public record ClientRequest(
        Destination target,
        TargetOrigin origin,
        @Nullable UserRef user,
        @Nullable String protocol,
        @Nullable Refusal refusal) {

    /** Answers a session that could not be opened, and closes the channel or leaves it for another request. */
    public interface Refusal {
        void refused(CloseCause cause);
    }

    /** A request for what the client chose, that is answered by closing. */
    public static ClientRequest of(Destination target, @Nullable UserRef user) {
        return new ClientRequest(target, TargetOrigin.CLIENT, user, null, null);
    }
}
