package io.culvert.wire.vmess;

import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.UserRef;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** What the tests of bodies share. */
final class Bodies {
    static final VmessUser USER =
            new VmessUser(new UUID(0x0123456789abcdefL, 0x8edcba9876543210L), 0, new UserRef("a@example.org", 0));

    private Bodies() {}

    /** What came out of a decoder: its last status, and the payload, in packet mode one element for each datagram. */
    record Outcome(BodyStatus status, List<byte[]> payloads) {
        byte[] joined() {
            ByteBuf all = Unpooled.buffer();
            payloads.forEach(all::writeBytes);
            byte[] bytes = new byte[all.readableBytes()];
            all.readBytes(bytes);
            return bytes;
        }
    }

    static VmessRequest request(
            VmessSecurity security, int options, VmessCommand command, HeaderKind kind, Random random) {
        byte[] key = new byte[16];
        byte[] iv = new byte[16];
        random.nextBytes(key);
        random.nextBytes(iv);
        Destination destination = switch (command) {
            case TCP -> Destination.tcp(Address.parse("example.org"), 80);
            case UDP -> Destination.udp(Address.parse("192.0.2.1"), 53);
            case MUX -> null;
        };
        return new VmessRequest(
                USER, VmessKeys.of(key, iv), random.nextInt(256), options, security, command, destination, kind, null);
    }

    /** Decodes all of {@code in}, and sees that the decoder says truly when it can go on. */
    static Outcome decode(VmessBodyDecoder decoder, ByteBuf in, ByteBuf out, CipherScratch scratch) {
        List<byte[]> payloads = new ArrayList<>();
        while (true) {
            int before = out.writerIndex();
            int readable = in.readableBytes();
            BodyStatus status = decoder.decode(in, out, scratch);
            if (out.writerIndex() > before) {
                byte[] payload = new byte[out.writerIndex() - before];
                out.getBytes(before, payload);
                payloads.add(payload);
            }
            if (status == BodyStatus.MORE && in.readableBytes() >= decoder.bytesNeeded()) {
                throw new AssertionError("stopped with " + in.readableBytes() + " of " + readable
                        + " bytes left, needing " + decoder.bytesNeeded());
            }
            if (status != BodyStatus.PACKET) {
                return new Outcome(status, payloads);
            }
        }
    }

    static CipherScratch scratch(Random random) {
        return new CipherScratch(random);
    }
}
