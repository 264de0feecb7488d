package io.culvert.wire.vless;

import io.culvert.model.Address;
import io.culvert.model.Destination;

/**
 * A VLESS request header whose user is known (wire-formats section 4.1).
 *
 * @param user who asks
 * @param addons the options the client sent
 * @param command what is asked for
 * @param destination where to; {@link #MUX_DESTINATION} for {@link VlessCommand#MUX}, which names none on the wire
 * @param <U> what the table of users holds
 */
public record VlessRequest<U>(U user, VlessAddons addons, VlessCommand command, Destination destination) {

    /** The name that stands for "this stream carries Mux.Cool" below every protocol (wire-formats section 1.7). */
    public static final Destination MUX_DESTINATION = Destination.tcp(new Address.Domain("v1.mux.cool"), 9527);
}
