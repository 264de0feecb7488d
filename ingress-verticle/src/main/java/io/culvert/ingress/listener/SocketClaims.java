package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which inbounds of one configuration have which sockets: of two that exclude each other the system opens only the first. */
final class SocketClaims {
    /** By port, with -1 for unix sockets: few sockets are compared with each other. */
    private final Map<Integer, List<Claim>> claims = new HashMap<>();

    private record Claim(ListenerKey key, InboundConfig inbound) {}

    /** Gives a socket to an inbound, or returns the inbound whose socket stands in its way. */
    @Nullable
    InboundConfig claim(ListenerKey key, InboundConfig inbound) {
        int place = key.kind() == ListenerKey.Kind.UNIX ? -1 : key.port();
        List<Claim> there = claims.computeIfAbsent(place, _ -> new ArrayList<>());
        for (Claim claim : there) {
            // Sockets on port 0 are given ports of their own, but two that are alike cannot be told apart.
            if (place == 0 ? key.equals(claim.key) : key.excludes(claim.key)) {
                return claim.inbound;
            }
        }
        there.add(new Claim(key, inbound));
        return null;
    }

    /** Why an inbound cannot have a socket, for a message that names the socket. */
    static String clash(InboundConfig inbound, ListenerKey key, InboundConfig other) {
        if (inbound.position().equals(other.position())) {
            return "the inbound asks for it twice";
        }
        String tag = other.tag().isEmpty() ? "" : " \"" + other.tag() + "\"";
        String at = other.position().file().isEmpty() ? "" : " at " + other.position();
        boolean same = other.listen().equals(inbound.listen()) || key.kind() == ListenerKey.Kind.UNIX;
        return "the inbound" + tag + at + " has it" + (same ? "" : " by listening on " + other.listen());
    }
}
