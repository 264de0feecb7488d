package io.culvert.wire.vmess;

import io.culvert.crypto.Fnv1a;
import io.culvert.model.Address;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Response command 1, "dynamic port": use another port and user for a while (wire-formats section 3.9).
 *
 * @param host the other server; null for the one just used
 * @param port 0 to 65535
 * @param id the other user
 * @param alterIds how many alternative IDs that user has, 0 to 65535
 * @param level policy level, 0 to 255
 * @param validMinutes for how long, 0 to 255
 */
public record SwitchAccount(@Nullable Address host, int port, UUID id, int alterIds, int level, int validMinutes) {
    static final int COMMAND_ID = 1;

    private static final int CHECKSUM_LENGTH = 4;
    private static final int MAX_DATA_LENGTH = 255;
    private static final int BEHIND_HOST = 2 + VmessIds.LENGTH + 2 + 1 + 1;

    /** Leaves the ID out: it is a credential. */
    @Override
    public String toString() {
        return "SwitchAccount[host=" + host + ", port=" + port + ", validMinutes=" + validMinutes + "]";
    }

    /**
     * Reads a command's data, checksum first.
     *
     * @return null for what a client ignores: another command, too few bytes, a wrong checksum, a host that is none. Bytes behind the
     *     last field mean nothing
     */
    static @Nullable SwitchAccount parse(int commandId, byte[] data, int at, int length) {
        if (commandId != COMMAND_ID || length <= CHECKSUM_LENGTH) {
            return null;
        }
        ByteBuf in = Unpooled.wrappedBuffer(data, at, length);
        if (in.readInt() != Fnv1a.of(data, at + CHECKSUM_LENGTH, length - CHECKSUM_LENGTH)) {
            return null;
        }
        int hostLength = in.readUnsignedByte();
        if (in.readableBytes() < hostLength + BEHIND_HOST) {
            return null;
        }
        String host =
                in.readCharSequence(hostLength, StandardCharsets.ISO_8859_1).toString();
        Address address;
        try {
            address = host.isEmpty() ? null : Address.parse(host);
        } catch (IllegalArgumentException e) {
            return null;
        }
        int port = in.readUnsignedShort();
        UUID id = new UUID(in.readLong(), in.readLong());
        int alterIds = in.readUnsignedShort();
        int level = in.readUnsignedByte();
        return new SwitchAccount(address, port, id, alterIds, level, in.readUnsignedByte());
    }

    /**
     * The command's data, checksum first.
     *
     * @throws IllegalArgumentException where the host is too long to fit 255 bytes
     */
    byte[] write() {
        byte[] data = new byte[CHECKSUM_LENGTH + 1 + Address.MAX_DOMAIN_LENGTH + BEHIND_HOST];
        ByteBuf out = Unpooled.wrappedBuffer(data).setIndex(0, CHECKSUM_LENGTH);
        String text = host == null ? "" : host.text();
        out.writeByte(text.length());
        out.writeCharSequence(text, StandardCharsets.US_ASCII);
        out.writeShort(port);
        out.writeBytes(VmessIds.bytes(id));
        out.writeShort(alterIds);
        out.writeByte(level);
        out.writeByte(validMinutes);
        int length = out.writerIndex();
        if (length > MAX_DATA_LENGTH) {
            throw new IllegalArgumentException("host: " + text.length() + " bytes, too long for the command");
        }
        out.setInt(0, Fnv1a.of(data, CHECKSUM_LENGTH, length - CHECKSUM_LENGTH));
        return Arrays.copyOf(data, length);
    }
}
