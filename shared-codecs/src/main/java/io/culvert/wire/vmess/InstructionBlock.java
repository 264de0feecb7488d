package io.culvert.wire.vmess;

import io.culvert.crypto.Fnv1a;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.wire.AddressCodec;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The instruction block, which both kinds of header hold (wire-formats section 3.3). */
final class InstructionBlock {
    /** Everything in front of port and address. */
    static final int FIXED_LENGTH = 38;

    /** A 255-byte domain and 15 bytes of padding. */
    static final int MAX_LENGTH = FIXED_LENGTH + 2 + 2 + Address.MAX_DOMAIN_LENGTH + 15 + 4;

    private static final int VERSION = 1;
    private static final int IV_AT = 1;
    private static final int KEY_AT = 17;
    private static final int RESPONSE_V_AT = 33;
    private static final int OPTIONS_AT = 34;
    private static final int PADDING_AND_SECURITY_AT = 35;
    private static final int COMMAND_AT = 37;
    private static final int PORT_AT = 38;
    private static final int ADDRESS_AT = 40;
    private static final int CHECKSUM_LENGTH = 4;

    private InstructionBlock() {}

    /**
     * How long the block is, as far as its beginning tells.
     *
     * @param block the decrypted bytes so far
     * @param have how many they are
     * @return a number above {@code have} while more must be read before more is known, else the length of the block
     */
    static int length(byte[] block, int have) {
        if (have < FIXED_LENGTH) {
            return FIXED_LENGTH;
        }
        int rest = (block[PADDING_AND_SECURITY_AT] >> 4 & 0xF) + CHECKSUM_LENGTH;
        int command = block[COMMAND_AT];
        if (command != VmessCommand.TCP.wire() && command != VmessCommand.UDP.wire()) {
            return FIXED_LENGTH + rest;
        }
        if (have < ADDRESS_AT + 2) {
            return ADDRESS_AT + 2;
        }
        int address = switch (block[ADDRESS_AT]) {
            case 1 -> 1 + 4;
            case 2 -> 2 + (block[ADDRESS_AT + 1] & 0xFF);
            case 3 -> 1 + 16;
            // An unknown type is told only after the checksum, and ends there.
            default -> 1;
        };
        return ADDRESS_AT + address + rest;
    }

    static VmessKeys keys(byte[] block) {
        return VmessKeys.of(
                Arrays.copyOfRange(block, KEY_AT, KEY_AT + VmessKeys.LENGTH),
                Arrays.copyOfRange(block, IV_AT, IV_AT + VmessKeys.LENGTH));
    }

    static boolean checksumFits(byte[] block, int length) {
        int end = length - CHECKSUM_LENGTH;
        int stored = (block[end] & 0xFF) << 24
                | (block[end + 1] & 0xFF) << 16
                | (block[end + 2] & 0xFF) << 8
                | (block[end + 3] & 0xFF);
        return Fnv1a.of(block, 0, end) == stored;
    }

    /** Reads a whole block whose checksum fits. */
    static Decoded<VmessRequest> parse(
            byte[] block, int length, VmessUser user, HeaderKind kind, VmessKeys keys, @Nullable AuthId authId) {
        VmessCommand command = VmessCommand.ofWire(block[COMMAND_AT]);
        if (command == null) {
            return Decoded.malformed("unknown command");
        }
        Destination destination = null;
        if (command != VmessCommand.MUX) {
            Decoded<Address> address =
                    AddressCodec.V2RAY.read(Unpooled.wrappedBuffer(block, ADDRESS_AT, length - ADDRESS_AT));
            switch (address) {
                case Decoded.Complete<Address>(Address value) ->
                    destination = new Destination(
                            command == VmessCommand.UDP ? Network.UDP : Network.TCP,
                            value,
                            (block[PORT_AT] & 0xFF) << 8 | (block[PORT_AT + 1] & 0xFF));
                case Decoded.NeedMore<Address>() -> {
                    return Decoded.malformed("address longer than its header");
                }
                case Decoded.Malformed<Address>(var cause, String why) -> {
                    return Decoded.malformed(cause, why);
                }
            }
        }
        VmessSecurity security = VmessSecurity.ofWire(block[PADDING_AND_SECURITY_AT] & 0xF);
        if (security == null) {
            return Decoded.malformed("unknown security");
        }
        int options = block[OPTIONS_AT] & 0xFF;
        if (!VmessOptions.valid(options)) {
            return Decoded.malformed("padding without masking");
        }
        int responseV = block[RESPONSE_V_AT] & 0xFF;
        return Decoded.complete(
                new VmessRequest(user, keys, responseV, options, security, command, destination, kind, authId));
    }

    /**
     * A whole block.
     *
     * @param padding 0 to 15 bytes
     */
    static byte[] write(VmessRequest request, byte[] padding) {
        byte[] block = new byte[MAX_LENGTH];
        ByteBuf out = Unpooled.wrappedBuffer(block).clear();
        out.writeByte(VERSION);
        out.writeBytes(request.keys().iv());
        out.writeBytes(request.keys().key());
        out.writeByte(request.responseV());
        out.writeByte(request.options());
        out.writeByte(padding.length << 4 | request.security().wire());
        out.writeByte(0);
        out.writeByte(request.command().wire());
        Destination destination = request.destination();
        if (destination != null) {
            out.writeShort(destination.port());
            AddressCodec.V2RAY.write(out, destination.address());
        }
        out.writeBytes(padding);
        out.writeInt(Fnv1a.of(block, 0, out.writerIndex()));
        return Arrays.copyOf(block, out.writerIndex());
    }
}
