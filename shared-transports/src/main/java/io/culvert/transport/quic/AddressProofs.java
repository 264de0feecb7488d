package io.culvert.transport.quic;

import io.culvert.transport.channel.LimitRefusals;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Has clients prove their address before anything is kept for them, while many handshakes are under way (QUIC's Retry): a
 * flood from forged addresses then costs an answer each and no connection (reliability section 2c.20). A proof is
 * {@code expiry(8) | HMAC(16) | connection id of the client's first packet}.
 */
final class AddressProofs implements QuicTokenHandler {
    private static final int MAC_BYTES = 16;
    private static final int LONGEST_CONNECTION_ID = 20;
    private static final int HEAD = Long.BYTES + MAC_BYTES;

    private final BooleanSupplier needed;
    private final BooleanSupplier full;
    private final LongSupplier millis;
    private final Mac mac;

    /**
     * @param needed whether a client that proves nothing is asked to
     * @param full whether not even a proof helps
     * @param millis a clock
     */
    AddressProofs(BooleanSupplier needed, BooleanSupplier full, LongSupplier millis) {
        this.needed = needed;
        this.full = full;
        this.millis = millis;
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        try {
            this.mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has HmacSHA256", e);
        }
    }

    @Override
    public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress address) {
        if (!needed.getAsBoolean()) {
            return false;
        }
        long expiry = millis.getAsLong() + QuicLimits.PROOF_MILLIS;
        byte[] id = bytes(connectionId, connectionId.readerIndex(), connectionId.readableBytes());
        out.writeLong(expiry).writeBytes(sign(expiry, id, address)).writeBytes(id);
        return true;
    }

    /** Where the connection id begins in a proof that holds; -1 for one that does not, and while there is no room. */
    @Override
    public int validateToken(ByteBuf token, InetSocketAddress address) {
        int at = token.readerIndex();
        int idBytes = token.readableBytes() - HEAD;
        if (idBytes < 0 || idBytes > LONGEST_CONNECTION_ID) {
            return -1;
        }
        long expiry = token.getLong(at);
        long left = expiry - millis.getAsLong();
        byte[] given = bytes(token, at + Long.BYTES, MAC_BYTES);
        byte[] id = bytes(token, at + HEAD, idBytes);
        boolean holds =
                left >= 0 && left <= QuicLimits.PROOF_MILLIS && MessageDigest.isEqual(given, sign(expiry, id, address));
        if (holds && full.getAsBoolean()) {
            LimitRefusals.count(LimitRefusals.Limit.QUIC_HANDSHAKES);
            return -1;
        }
        return holds ? HEAD : -1;
    }

    @Override
    public int maxTokenLength() {
        return HEAD + LONGEST_CONNECTION_ID;
    }

    private byte[] sign(long expiry, byte[] connectionId, InetSocketAddress address) {
        mac.update(ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
                .putLong(expiry)
                .putInt(address.getPort())
                .array());
        mac.update(address.getAddress().getAddress());
        mac.update(connectionId);
        return Arrays.copyOf(mac.doFinal(), MAC_BYTES);
    }

    private static byte[] bytes(ByteBuf from, int at, int length) {
        byte[] copy = new byte[length];
        from.getBytes(at, copy);
        return copy;
    }
}
