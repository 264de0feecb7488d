package io.culvert.router;

import io.culvert.model.Address;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names that no host has: by them a client asks the server to take streams or datagrams apart that it has packed into one stream.
 * Clients say them whatever the protocol is.
 */
final class ReservedNames {
    private static final Map<String, String> FORMS = Map.of(
            "v1.mux.cool", "Mux.Cool, V2Ray's \"mux\"",
            "sp.mux.sing-box.arpa", "sing-box's \"multiplex\"",
            "sp.packet-addr.v2fly.arpa", "packetaddr, V2Ray 5's and sing-box's encoding of UDP");

    private ReservedNames() {}

    /** What a client asks for by a destination, in words, or null where it is an ordinary one. */
    static @Nullable String form(Address destination) {
        if (!(destination instanceof Address.Domain(String name))) {
            return null;
        }
        // Two suffixes spare every other session the look-up.
        return name.endsWith(".arpa") || name.endsWith(".cool") ? FORMS.get(name.toLowerCase(Locale.ROOT)) : null;
    }
}
