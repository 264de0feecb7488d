package io.culvert.wire.vless;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.wire.AddressCodec;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads one VLESS request header (wire-formats section 4.1). One instance per connection, owned by one thread.
 *
 * @param <U> what the table of users holds
 */
public final class VlessRequestDecoder<U> {
    /**
     * The bytes up to and with the length of the addons. A first packet with fewer goes to a fallback, where one is
     * configured (wire-formats section 4.3).
     */
    public static final int FALLBACK_MIN_LENGTH = 18;

    /** The longest header: fixed part, addons, command, port, and a domain of 255 bytes. */
    public static final int MAX_LENGTH =
            FALLBACK_MIN_LENGTH + VlessAddons.MAX_LENGTH + 1 + 2 + 2 + Address.MAX_DOMAIN_LENGTH;

    private static final int VERSION = 0;
    private static final int UUID_AT = 1;
    private static final int ADDONS_LENGTH_AT = 17;

    private final VlessUsers<U> users;
    private @Nullable U user;
    private @Nullable VlessAddons addons;

    public VlessRequestDecoder(VlessUsers<U> users) {
        this.users = users;
    }

    /**
     * Looks whether the header is whole. Takes nothing from the buffer until it is, and then the header alone: the caller
     * keeps collecting into the same buffer, and so still has every byte for a fallback.
     *
     * @param in everything received so far
     * @return the request; more needed; or malformed, with {@link CloseCause#AUTH_FAILED} for what may go to a fallback
     *     (wrong version, unknown user) and {@link CloseCause#MALFORMED} for what is wrong behind a known user
     */
    public Decoded<VlessRequest<U>> decode(ByteBuf in) {
        int start = in.readerIndex();
        int readable = in.readableBytes();
        if (readable == 0) {
            return Decoded.needMore();
        }
        if (in.getByte(start) != VERSION) {
            return Decoded.malformed(CloseCause.AUTH_FAILED, "not VLESS version 0");
        }
        if (readable < ADDONS_LENGTH_AT) {
            return Decoded.needMore();
        }
        if (user == null) {
            user = users.find(in, start + UUID_AT);
        }
        if (user == null) {
            return Decoded.malformed(CloseCause.AUTH_FAILED, "unknown user");
        }
        if (readable < FALLBACK_MIN_LENGTH) {
            return Decoded.needMore();
        }
        int commandAt = start + FALLBACK_MIN_LENGTH + in.getUnsignedByte(start + ADDONS_LENGTH_AT);
        if (in.writerIndex() < commandAt) {
            return Decoded.needMore();
        }
        if (addons == null) {
            in.readerIndex(start + FALLBACK_MIN_LENGTH);
            addons = VlessAddons.read(in, commandAt);
            in.readerIndex(start);
        }
        if (addons == null) {
            return Decoded.malformed("addons are not protobuf");
        }
        if (in.writerIndex() == commandAt) {
            return Decoded.needMore();
        }
        VlessCommand command = VlessCommand.ofCode(in.getUnsignedByte(commandAt));
        if (command == null) {
            return Decoded.malformed("unknown command");
        }
        in.readerIndex(commandAt + 1);
        Decoded<Destination> destination = switch (command) {
            case TCP -> readDestination(in, Network.TCP);
            case UDP -> readDestination(in, Network.UDP);
            case MUX -> Decoded.complete(VlessRequest.MUX_DESTINATION);
        };
        return switch (destination) {
            case Decoded.Complete<Destination>(Destination value) ->
                Decoded.complete(new VlessRequest<>(user, addons, command, value));
            case Decoded.NeedMore<Destination> more -> {
                in.readerIndex(start);
                yield Decoded.needMore();
            }
            case Decoded.Malformed<Destination>(CloseCause cause, String why) -> {
                in.readerIndex(start);
                yield Decoded.malformed(cause, why);
            }
        };
    }

    private static Decoded<Destination> readDestination(ByteBuf in, Network network) {
        if (in.readableBytes() < 2) {
            return Decoded.needMore();
        }
        int port = in.readUnsignedShort();
        return switch (AddressCodec.V2RAY.read(in)) {
            case Decoded.Complete<Address>(Address address) ->
                Decoded.complete(new Destination(network, address, port));
            case Decoded.NeedMore<Address> more -> Decoded.needMore();
            case Decoded.Malformed<Address>(CloseCause cause, String why) -> Decoded.malformed(cause, why);
        };
    }
}
