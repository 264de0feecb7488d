package io.culvert.wire.socks;

import io.culvert.model.Destination;
import io.culvert.model.Network;
import org.jspecify.annotations.Nullable;

/**
 * What a SOCKS client asks for. {@link Network#UDP} means that datagrams will come on the UDP port and that this stream
 * only keeps the association alive; the destination is then what the client expects to send from, mostly 0.0.0.0:0.
 *
 * @param destination where to
 * @param user who authenticated, or null where no one has to
 * @param <U> what an account stands for
 */
public record SocksRequest<U>(
        Destination destination, @Nullable U user) {

    /** Whether this stream carries the client's bytes, rather than keeping a UDP association alive. */
    public boolean isConnect() {
        return destination.network() == Network.TCP;
    }
}
