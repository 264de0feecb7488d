package io.culvert.wire.vmess;

import io.culvert.crypto.AesBlock;
import io.culvert.crypto.Fnv1a;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import javax.crypto.Cipher;

/** Seals any instruction block as a valid user would, to reach what stands behind the seals. */
final class SealedHeaders {
    private SealedHeaders() {}

    /** An AEAD header; the last four bytes of the block, where there are four, become its checksum. */
    static byte[] seal(VmessUser user, byte[] block, long time, RandomGenerator random) {
        byte[] commandKey = VmessIds.commandKey(user.id());
        byte[] plain = new byte[16];
        VmessIds.putLong(plain, 0, time);
        long drawn = random.nextLong();
        for (int i = 0; i < 4; i++) {
            plain[8 + i] = (byte) (drawn >>> (8 * i));
        }
        int crc = AuthIdLookup.checksum(new CRC32(), plain);
        byte[] authId = Unpooled.wrappedBuffer(plain).setInt(12, crc).array();
        AesBlock.apply(AesBlock.cipher(Cipher.ENCRYPT_MODE, VmessIds.authIdKey(commandKey)), authId, authId);
        if (block.length >= 4) {
            Unpooled.wrappedBuffer(block).setInt(block.length - 4, Fnv1a.of(block, 0, block.length - 4));
        }
        byte[] nonce = new byte[8];
        VmessIds.putLong(nonce, 0, random.nextLong());
        ByteBuf out = Unpooled.buffer();
        out.writeBytes(authId);
        out.writeBytes(HeaderSeal.ofLength(commandKey, authId, nonce)
                .seal(new byte[] {(byte) (block.length >>> 8), (byte) block.length}));
        out.writeBytes(nonce);
        out.writeBytes(HeaderSeal.ofBlock(commandKey, authId, nonce).seal(block));
        byte[] header = new byte[out.readableBytes()];
        out.readBytes(header);
        return header;
    }
}
