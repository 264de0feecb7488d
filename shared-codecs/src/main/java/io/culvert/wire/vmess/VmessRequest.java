package io.culvert.wire.vmess;

import io.culvert.model.Destination;
import org.jspecify.annotations.Nullable;

/**
 * A request header, as a server has read it or a client has sent it.
 *
 * @param user whose it is
 * @param keys of the request's body; those of the response are derived from them
 * @param responseV the byte that the response must repeat, 0 to 255
 * @param options bits of {@link VmessOptions}
 * @param security of both bodies
 * @param command what the connection carries
 * @param destination where to; null exactly for {@link VmessCommand#MUX}
 * @param kind of header, which decides the response's
 * @param authId what another node needs to refuse a replay; null for a legacy header and on the client
 */
public record VmessRequest(
        VmessUser user,
        VmessKeys keys,
        int responseV,
        int options,
        VmessSecurity security,
        VmessCommand command,
        @Nullable Destination destination,
        HeaderKind kind,
        @Nullable AuthId authId) {}
