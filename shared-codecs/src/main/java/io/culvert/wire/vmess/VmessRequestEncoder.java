package io.culvert.wire.vmess;

import io.culvert.crypto.AesBlock;
import io.culvert.crypto.AesCfb;
import io.culvert.crypto.Digests;
import io.culvert.model.Destination;
import io.netty.buffer.ByteBuf;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import javax.crypto.Cipher;
import org.jspecify.annotations.Nullable;

/**
 * Writes the request headers of one user, as a client: AEAD for {@code alterId} 0, else legacy (wire-formats sections 3.4 and 3.5).
 * Keys that do not change are derived once. Safe for use by several threads as far as the random source and the clock are.
 */
public final class VmessRequestEncoder {
    /** A legacy header's time is up to this much before now, and one second less after it. */
    private static final int JITTER_SECONDS = 30;

    private static final int CONNECTION_NONCE_LENGTH = 8;

    private final VmessUser user;
    private final RandomGenerator random;
    private final LongSupplier unixSeconds;
    private final byte[] commandKey;
    private final byte[] authIdKey;
    private final byte[][] alternatives;

    /**
     * An encoder for one user.
     *
     * @param random makes keys: must be a cryptographically strong source
     * @param unixSeconds the clock
     */
    public VmessRequestEncoder(VmessUser user, RandomGenerator random, LongSupplier unixSeconds) {
        this.user = user;
        this.random = random;
        this.unixSeconds = unixSeconds;
        this.commandKey = VmessIds.commandKey(user.id());
        this.authIdKey = VmessIds.authIdKey(commandKey);
        this.alternatives = VmessIds.alternatives(user.id(), user.alterId());
    }

    /**
     * Writes a header, at most 374 bytes, with fresh keys.
     *
     * @param options bits of {@link VmessOptions}, usually {@link VmessSecurity#clientOptions()}
     * @param destination where to; null exactly for {@link VmessCommand#MUX}
     * @return the request, which the body codecs and the response decoder are made from
     */
    public VmessRequest encode(
            VmessSecurity security, int options, VmessCommand command, @Nullable Destination destination, ByteBuf out) {
        if ((destination == null) != (command == VmessCommand.MUX)) {
            throw new IllegalArgumentException("a destination belongs to TCP and UDP only");
        }
        if (!VmessOptions.valid(options)) {
            throw new IllegalArgumentException("options: " + options + " (expected: padding with masking only)");
        }
        byte[] iv = randomBytes(VmessKeys.LENGTH);
        byte[] key = randomBytes(VmessKeys.LENGTH);
        int responseV = random.nextInt(256);
        byte[] padding = randomBytes(random.nextInt(16));
        HeaderKind kind = user.alterId() == 0 ? HeaderKind.AEAD : HeaderKind.LEGACY;
        VmessRequest request = new VmessRequest(
                user, VmessKeys.of(key, iv), responseV, options, security, command, destination, kind, null);
        byte[] block = InstructionBlock.write(request, padding);
        switch (kind) {
            case AEAD -> writeAead(block, out);
            case LEGACY -> writeLegacy(block, out);
        }
        return request;
    }

    private void writeAead(byte[] block, ByteBuf out) {
        byte[] authId = new byte[AesBlock.LENGTH];
        VmessIds.putLong(authId, 0, unixSeconds.getAsLong());
        System.arraycopy(randomBytes(4), 0, authId, 8, 4);
        int checksum = AuthIdLookup.checksum(new CRC32(), authId);
        for (int i = 0; i < 4; i++) {
            authId[12 + i] = (byte) (checksum >>> (24 - 8 * i));
        }
        AesBlock.apply(AesBlock.cipher(Cipher.ENCRYPT_MODE, authIdKey), authId, authId);
        byte[] connectionNonce = randomBytes(CONNECTION_NONCE_LENGTH);
        byte[] length = {(byte) (block.length >>> 8), (byte) block.length};
        out.writeBytes(authId);
        out.writeBytes(HeaderSeal.ofLength(commandKey, authId, connectionNonce).seal(length));
        out.writeBytes(connectionNonce);
        out.writeBytes(HeaderSeal.ofBlock(commandKey, authId, connectionNonce).seal(block));
    }

    private void writeLegacy(byte[] block, ByteBuf out) {
        long time = unixSeconds.getAsLong() + random.nextInt(2 * JITTER_SECONDS) - JITTER_SECONDS;
        byte[] id = alternatives[random.nextInt(alternatives.length)];
        out.writeBytes(LegacyTable.authentication(Digests.hmacMd5(id), time));
        AesCfb.encryptor(commandKey, VmessRequestDecoder.legacyIv(time)).apply(block, 0, block.length);
        out.writeBytes(block);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
