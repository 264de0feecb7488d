package io.culvert.wire.socks;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.wire.AddressCodec;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;

/** {@code address | port(2)}, as every SOCKS 5 message has it. */
final class SocksAddress {
    private SocksAddress() {}

    /** Takes nothing unless address and port are whole. */
    static Decoded<Destination> read(ByteBuf in, Network network) {
        int start = in.readerIndex();
        return switch (AddressCodec.SOCKS.read(in)) {
            case Decoded.Complete<Address>(Address address) -> {
                if (in.readableBytes() < 2) {
                    in.readerIndex(start);
                    yield Decoded.needMore();
                }
                yield Decoded.complete(new Destination(network, address, in.readUnsignedShort()));
            }
            case Decoded.NeedMore<Address> more -> Decoded.needMore();
            case Decoded.Malformed<Address>(CloseCause cause, String why) -> Decoded.malformed(cause, why);
        };
    }

    static void write(ByteBuf out, Destination destination) {
        AddressCodec.SOCKS.write(out, destination.address());
        out.writeShort(destination.port());
    }
}
