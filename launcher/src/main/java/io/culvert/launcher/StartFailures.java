package io.culvert.launcher;

import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.io.IOException;

/** Which faults of a start an operator can mend. */
final class StartFailures {
    private StartFailures() {}

    /** The fault as a {@link StartFailure} where it is one that an operator can mend, else the fault itself. */
    static Throwable of(Throwable fault) {
        return fault instanceof IOException || fault instanceof TlsConfigException
                ? new StartFailure(String.valueOf(fault.getMessage()))
                : fault;
    }
}
