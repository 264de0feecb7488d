package io.culvert.wire.vmess;

import io.culvert.crypto.AesCfb;
import io.culvert.crypto.ChunkAead;
import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads the response header to one request, as a client (wire-formats section 3.6). Takes header bytes only, all that there are, and
 * keeps them: at most some 300 bytes. To be used by one thread.
 */
public final class VmessResponseDecoder {
    /** V, option, command id and command length. */
    static final int FIXED_LENGTH = 4;

    /** The fixed part and the longest command; V2Ray never sends more. */
    private static final int MAX_LENGTH = FIXED_LENGTH + 255;

    private final VmessRequest request;
    private final VmessKeys keys;
    private final @Nullable AesCfb cfb;

    /** What is being taken now, and how much of it there is. */
    private byte[] target;

    private int filled;
    private boolean lengthKnown;
    private @Nullable Decoded<VmessResponse> verdict;

    public VmessResponseDecoder(VmessRequest request) {
        this.request = request;
        this.keys = request.keys().response(request.kind());
        this.cfb = switch (request.kind()) {
            case AEAD -> null;
            case LEGACY -> AesCfb.decryptor(keys.key(), keys.iv());
        };
        this.target = new byte[cfb == null ? 2 + ChunkAead.TAG_LENGTH : MAX_LENGTH];
    }

    /**
     * Takes what there is of the header.
     *
     * @return the response once the header is whole, with the body's first byte next in {@code in}; more needed; or a fault, which
     *     every later call repeats: {@link CloseCause#AUTH_FAILED} where it is not the answer to this request
     */
    public Decoded<VmessResponse> feed(ByteBuf in) {
        if (verdict != null) {
            return verdict;
        }
        Decoded<VmessResponse> outcome = cfb == null ? readAead(in) : readLegacy(in, cfb);
        if (!(outcome instanceof Decoded.NeedMore<VmessResponse>)) {
            verdict = outcome;
        }
        return outcome;
    }

    private Decoded<VmessResponse> readAead(ByteBuf in) {
        if (!fill(in, target.length)) {
            return Decoded.needMore();
        }
        if (!lengthKnown) {
            byte[] length = new byte[2];
            if (!ResponseSeal.ofLength(keys).open(target, length)) {
                return Decoded.malformed(CloseCause.AUTH_FAILED, "sealed length of the response does not open");
            }
            int value = (length[0] & 0xFF) << 8 | (length[1] & 0xFF);
            if (value < FIXED_LENGTH || value > MAX_LENGTH) {
                return Decoded.malformed("length of the response header");
            }
            lengthKnown = true;
            target = new byte[value + ChunkAead.TAG_LENGTH];
            filled = 0;
            return readAead(in);
        }
        byte[] plain = new byte[target.length - ChunkAead.TAG_LENGTH];
        if (!ResponseSeal.ofPlain(keys).open(target, plain)) {
            return Decoded.malformed(CloseCause.AUTH_FAILED, "sealed response does not open");
        }
        return judge(plain, plain.length, null);
    }

    private Decoded<VmessResponse> readLegacy(ByteBuf in, AesCfb running) {
        if (!lengthKnown) {
            if (!fillDecrypted(in, FIXED_LENGTH, running)) {
                return Decoded.needMore();
            }
            if (!isV(target[0])) {
                return judge(target, filled, running);
            }
            lengthKnown = true;
        }
        // Without a command nothing follows, whatever its length byte says.
        int length = FIXED_LENGTH + (target[2] == 0 ? 0 : target[3] & 0xFF);
        if (!fillDecrypted(in, length, running)) {
            return Decoded.needMore();
        }
        return judge(target, length, running);
    }

    private Decoded<VmessResponse> judge(byte[] plain, int length, @Nullable AesCfb running) {
        if (!isV(plain[0])) {
            return Decoded.malformed(CloseCause.AUTH_FAILED, "response is not the answer to this request");
        }
        int commandLength = Math.min(plain[3] & 0xFF, length - FIXED_LENGTH);
        SwitchAccount command = SwitchAccount.parse(plain[2], plain, FIXED_LENGTH, commandLength);
        return Decoded.complete(
                new VmessResponse(plain[1] & 0xFF, command, VmessBodyDecoder.ofResponse(request, keys, running)));
    }

    private boolean isV(byte value) {
        return (value & 0xFF) == request.responseV();
    }

    private boolean fill(ByteBuf in, int wanted) {
        int take = Math.min(wanted - filled, in.readableBytes());
        in.readBytes(target, filled, take);
        filled += take;
        return filled == wanted;
    }

    private boolean fillDecrypted(ByteBuf in, int wanted, AesCfb running) {
        int from = filled;
        boolean whole = fill(in, wanted);
        running.apply(target, from, filled - from);
        return whole;
    }
}
