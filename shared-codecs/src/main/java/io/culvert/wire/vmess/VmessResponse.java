package io.culvert.wire.vmess;

import org.jspecify.annotations.Nullable;

/**
 * A response header as a client has read it.
 *
 * @param option the server's option bits, which mean nothing
 * @param switchAccount the command that came with it; null where there was none, or one that is ignored
 * @param body decodes what follows
 */
public record VmessResponse(int option, @Nullable SwitchAccount switchAccount, VmessBodyDecoder body) {}
