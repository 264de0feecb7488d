package io.culvert.wire.vless;

import io.culvert.model.Destination;
import io.culvert.wire.AddressCodec;
import io.netty.buffer.ByteBuf;
import java.util.UUID;

/** Writes VLESS request headers (wire-formats section 4.1). */
public final class VlessRequestEncoder {
    private VlessRequestEncoder() {}

    /**
     * Writes a header.
     *
     * @param id the user's UUID
     * @param addons {@link VlessAddons#NONE} towards a 4.34 server
     * @param destination where to; not written for {@link VlessCommand#MUX}
     */
    public static void write(ByteBuf out, UUID id, VlessAddons addons, VlessCommand command, Destination destination) {
        out.writeByte(0);
        out.writeLong(id.getMostSignificantBits());
        out.writeLong(id.getLeastSignificantBits());
        addons.write(out);
        out.writeByte(command.code());
        switch (command) {
            case TCP, UDP -> {
                out.writeShort(destination.port());
                AddressCodec.V2RAY.write(out, destination.address());
            }
            case MUX -> {}
        }
    }
}
