package io.culvert.wire.vmess;

import io.culvert.model.UserRef;
import java.util.UUID;

/**
 * A user as a server or a client knows it.
 *
 * @param id the secret that user and server share
 * @param alterId how many alternative IDs there are, 0 to 65535; above 0 a server accepts the legacy header too, and a client sends it
 * @param ref who this is, for rules, policy and logs
 */
public record VmessUser(UUID id, int alterId, UserRef ref) {
    public VmessUser {
        if (alterId < 0 || alterId > 0xFFFF) {
            throw new IllegalArgumentException("alterId: " + alterId + " (expected: 0 to 65535)");
        }
    }

    /** Leaves the ID out: it is the credential. */
    @Override
    public String toString() {
        return "VmessUser[alterId=" + alterId + ", ref=" + ref + "]";
    }
}
