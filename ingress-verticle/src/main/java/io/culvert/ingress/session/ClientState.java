package io.culvert.ingress.session;

import io.culvert.model.CloseCause;
import io.culvert.model.RouteDecision;
import io.culvert.transport.relay.RelayPump;

/**
 * The states of a session, from its request on. (Before that there is a handshake and no session.)
 *
 * <pre>
 * {@link Routing} ──decision──▶ {@link Dialling} ──opened──▶ {@link Relaying} ──ended──▶ {@link Closed}
 *     └──────────refused, client gone────┴───────────────────────────────────────────────▶┘
 * </pre>
 */
sealed interface ClientState {

    /** A router has been asked. */
    record Routing() implements ClientState {
        Dialling decided(RouteDecision.Forward decision) {
            return new Dialling(decision);
        }
    }

    /** An egress has been told to open the destination. */
    record Dialling(RouteDecision.Forward decision) implements ClientState {
        Relaying opened(RelayPump relay) {
            return new Relaying(decision, relay);
        }
    }

    /** Bytes flow. */
    record Relaying(RouteDecision.Forward decision, RelayPump relay) implements ClientState {}

    /** Over. */
    record Closed(CloseCause cause) implements ClientState {}
}
