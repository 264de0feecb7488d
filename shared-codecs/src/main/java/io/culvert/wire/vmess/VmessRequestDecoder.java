package io.culvert.wire.vmess;

import io.culvert.crypto.AesCfb;
import io.culvert.crypto.ChunkAead;
import io.culvert.crypto.Digests;
import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads and judges the request header of one connection, of either kind (wire-formats sections 3.3 to 3.5 and 3.8). Takes
 * header bytes only, all that there are, and keeps them: at most some 400 bytes.
 *
 * <p>Faults are {@link CloseCause#AUTH_FAILED} (no such user, wrong clock, damaged seal), {@link CloseCause#REPLAYED},
 * {@link CloseCause#MALFORMED}, {@link CloseCause#NOT_ALLOWED} ({@code disableInsecureEncryption}) and {@link CloseCause#LIMIT}
 * (a replay set is full). Whatever the fault, a server should show the same to the outside: read and discard until the handshake
 * deadline (reliability section 2a.2). To be used by one thread.
 */
public final class VmessRequestDecoder {
    private static final String TOO_OLD = "header of a time before the start, of which nothing is remembered";
    private static final int AUTH_LENGTH = 16;
    private static final int CONNECTION_NONCE_LENGTH = 8;
    private static final int SEALED_LENGTH_LENGTH = 2 + ChunkAead.TAG_LENGTH;

    private enum State {
        AUTHENTICATION,
        SEARCHING,
        AEAD_LENGTH,
        AEAD_BLOCK,
        LEGACY_BLOCK,
        DONE
    }

    private final VmessAuthenticator by;
    private final List<UUID> likely;
    private State state = State.AUTHENTICATION;
    private final byte[] authentication = new byte[AUTH_LENGTH];

    private @Nullable UserSearch search;
    private UserSearch.@Nullable Found found;
    private VmessUsers.@Nullable Entry user;
    private @Nullable AuthId authId;
    /** The sealed part that is being taken, and how much of it, or of what else is taken now, there is. */
    private byte[] sealed = {};

    private int filled;
    private byte[] connectionNonce = {};
    private int blockLength;

    private long legacyTime;
    private @Nullable AesCfb cfb;
    private byte[] block = {};
    private @Nullable VmessKeys keys;
    private SessionHistory.@Nullable Entry historyEntry;

    private @Nullable Decoded<VmessRequest> verdict;

    VmessRequestDecoder(VmessAuthenticator by, List<UUID> likely) {
        this.by = by;
        this.likely = likely;
    }

    /**
     * Takes what there is of the header.
     *
     * @return the request once the header is whole, with the body's first byte next in {@code in}; more needed; or a fault, which
     *     every later call repeats
     */
    public Decoded<VmessRequest> feed(ByteBuf in) {
        while (verdict == null) {
            State before = state;
            Decoded<VmessRequest> step = switch (state) {
                case AUTHENTICATION -> readAuthentication(in);
                case SEARCHING -> found == null ? Decoded.needMore() : authenticate(found);
                case AEAD_LENGTH -> readAeadLength(in);
                case AEAD_BLOCK -> readAeadBlock(in);
                case LEGACY_BLOCK -> readLegacyBlock(in);
                case DONE -> throw new IllegalStateException("done without a verdict");
            };
            if (step instanceof Decoded.NeedMore<VmessRequest>) {
                if (state == before) {
                    return step;
                }
            } else {
                conclude(step);
            }
        }
        return verdict;
    }

    /**
     * The search that the header waits for, once for each: to be run elsewhere, and its outcome to be told by {@link #found}. Null
     * where it waits for bytes.
     */
    public @Nullable UserSearch takeSearch() {
        UserSearch taken = search;
        search = null;
        return taken;
    }

    /** Tells what the search has found; {@link #feed} goes on from there. */
    public void found(UserSearch.Found outcome) {
        found = outcome;
        if (outcome.isUser()) {
            by.lookup().used(outcome.place());
        }
    }

    /**
     * Tells that the connection ended before the header was whole. A legacy authentication value that was used so is refused from
     * now on, as it is after a damaged header.
     */
    public void abandon() {
        if (state == State.LEGACY_BLOCK) {
            taint();
            state = State.DONE;
        }
        if (verdict == null) {
            verdict = Decoded.malformed(CloseCause.HANDSHAKE_ABANDONED, "connection ended within the header");
        }
    }

    private void conclude(Decoded<VmessRequest> outcome) {
        if (state == State.LEGACY_BLOCK && outcome instanceof Decoded.Malformed<VmessRequest>) {
            taint();
        }
        verdict = outcome;
        state = State.DONE;
        block = new byte[0];
        sealed = new byte[0];
        cfb = null;
    }

    private Decoded<VmessRequest> readAuthentication(ByteBuf in) {
        if (!fill(in, authentication)) {
            return Decoded.needMore();
        }
        long now = by.now();
        int place = by.find(likely, authentication, now);
        if (place >= 0) {
            return authenticate(new UserSearch.Found(place, by.lookup().time()));
        }
        LegacyTable legacy = by.legacy();
        LegacyTable.Match match = legacy == null ? null : legacy.find(authentication, now);
        if (match != null) {
            return authenticate(match);
        }
        if (by.triesAll()) {
            return unknown(place);
        }
        search = new UserSearch(by.users(), authentication, now);
        state = State.SEARCHING;
        return Decoded.needMore();
    }

    private static Decoded<VmessRequest> unknown(int place) {
        return Decoded.malformed(
                CloseCause.AUTH_FAILED,
                place == AuthIdLookup.UNTIMELY ? "client's clock is off by more than 120 s" : "no such user");
    }

    private Decoded<VmessRequest> authenticate(UserSearch.Found owner) {
        if (!owner.isUser()) {
            return unknown(owner.place());
        }
        user = by.users().entries().get(owner.place());
        AuthId id = new AuthId(VmessIds.getLong(authentication, 0), VmessIds.getLong(authentication, 8), owner.time());
        // Asked now and claimed once the seals have opened: a damaged copy cannot spend an honest client's AuthID.
        if (by.seen().contains(id)) {
            return Decoded.malformed(CloseCause.REPLAYED, "AuthID seen before");
        }
        if (by.seen().tooOld(id.time())) {
            return Decoded.malformed(CloseCause.REPLAYED, TOO_OLD);
        }
        authId = id;
        sealed = new byte[SEALED_LENGTH_LENGTH + CONNECTION_NONCE_LENGTH];
        filled = 0;
        state = State.AEAD_LENGTH;
        return Decoded.needMore();
    }

    private Decoded<VmessRequest> authenticate(LegacyTable.Match match) {
        if (match.tainted()) {
            return Decoded.malformed(CloseCause.REPLAYED, "authentication value is tainted");
        }
        if (by.seen().tooOld(match.time())) {
            return Decoded.malformed(CloseCause.REPLAYED, TOO_OLD);
        }
        user = match.user();
        legacyTime = match.time();
        cfb = AesCfb.decryptor(match.user().keys().command, legacyIv(match.time()));
        block = new byte[InstructionBlock.MAX_LENGTH];
        filled = 0;
        state = State.LEGACY_BLOCK;
        return Decoded.needMore();
    }

    private Decoded<VmessRequest> readAeadLength(ByteBuf in) {
        if (!fill(in, sealed)) {
            return Decoded.needMore();
        }
        connectionNonce = Arrays.copyOfRange(sealed, SEALED_LENGTH_LENGTH, sealed.length);
        byte[] length = new byte[2];
        if (!HeaderSeal.ofLength(commandKey(), authentication, connectionNonce)
                .open(sealed, SEALED_LENGTH_LENGTH, length)) {
            return Decoded.malformed(CloseCause.AUTH_FAILED, "sealed length does not open");
        }
        blockLength = (length[0] & 0xFF) << 8 | (length[1] & 0xFF);
        if (blockLength > InstructionBlock.MAX_LENGTH) {
            return Decoded.malformed("instruction block too long");
        }
        sealed = new byte[blockLength + ChunkAead.TAG_LENGTH];
        filled = 0;
        state = State.AEAD_BLOCK;
        return Decoded.needMore();
    }

    private Decoded<VmessRequest> readAeadBlock(ByteBuf in) {
        if (!fill(in, sealed)) {
            return Decoded.needMore();
        }
        block = new byte[InstructionBlock.MAX_LENGTH];
        if (!HeaderSeal.ofBlock(commandKey(), authentication, connectionNonce).open(sealed, sealed.length, block)) {
            return Decoded.malformed(CloseCause.AUTH_FAILED, "sealed instruction block does not open");
        }
        Decoded<VmessRequest> unclaimed = claimed(by.seen().claim(known(authId), by.now()), "AuthID seen before");
        if (unclaimed != null) {
            return unclaimed;
        }
        int length = InstructionBlock.length(block, blockLength);
        if (length > blockLength) {
            return Decoded.malformed("instruction block too short");
        }
        return judge(length, HeaderKind.AEAD);
    }

    /** Takes exactly what the bytes so far call for, since nothing tells the length beforehand. */
    private Decoded<VmessRequest> readLegacyBlock(ByteBuf in) {
        while (true) {
            int wanted = InstructionBlock.length(block, filled);
            int take = Math.min(wanted - filled, in.readableBytes());
            in.readBytes(block, filled, take);
            known(cfb).apply(block, filled, take);
            filled += take;
            if (filled < wanted) {
                return Decoded.needMore();
            }
            if (filled >= InstructionBlock.FIXED_LENGTH && keys == null) {
                VmessKeys carried = InstructionBlock.keys(block);
                SessionHistory.Entry entry =
                        SessionHistory.entry(known(user).user().id(), carried);
                keys = carried;
                historyEntry = entry;
                // Early, so that a replay with other padding is refused before it is waited for.
                if (by.seen().contains(entry, by.now())) {
                    return Decoded.malformed(CloseCause.REPLAYED, "session keys seen before");
                }
            }
            if (InstructionBlock.length(block, filled) == filled) {
                return judge(filled, HeaderKind.LEGACY);
            }
        }
    }

    /** The checks that both kinds share, in the reference's order; the session is claimed last. */
    private Decoded<VmessRequest> judge(int length, HeaderKind kind) {
        if (!InstructionBlock.checksumFits(block, length)) {
            return Decoded.malformed("checksum of the instruction block");
        }
        VmessUser owner = known(user).user();
        VmessKeys carried = keys != null ? keys : InstructionBlock.keys(block);
        SessionHistory.Entry entry = historyEntry != null ? historyEntry : SessionHistory.entry(owner.id(), carried);
        ReplaySet.Verdict verdictOfKeys = switch (kind) {
            case AEAD -> by.seen().claim(entry, by.now());
            case LEGACY -> by.seen().claimLegacy(entry, legacyTime, by.now());
        };
        Decoded<VmessRequest> unclaimed = claimed(verdictOfKeys, "session keys seen before");
        if (unclaimed != null) {
            return unclaimed;
        }
        Decoded<VmessRequest> parsed = InstructionBlock.parse(block, length, owner, kind, carried, authId);
        if (parsed instanceof Decoded.Complete<VmessRequest>(VmessRequest request)
                && by.disableInsecureEncryption()
                && request.security().insecure()) {
            return Decoded.malformed(CloseCause.NOT_ALLOWED, "insecure encryption is disabled");
        }
        return parsed;
    }

    private boolean fill(ByteBuf in, byte[] target) {
        int take = Math.min(target.length - filled, in.readableBytes());
        in.readBytes(target, filled, take);
        filled += take;
        return filled == target.length;
    }

    private static @Nullable Decoded<VmessRequest> claimed(ReplaySet.Verdict verdict, String ifReplayed) {
        return switch (verdict) {
            case FIRST -> null;
            case REPLAYED -> Decoded.malformed(CloseCause.REPLAYED, ifReplayed);
            case FULL -> Decoded.malformed(CloseCause.LIMIT, "no room to remember another session");
        };
    }

    private void taint() {
        known(by.legacy()).taint(authentication, legacyTime, by.now());
    }

    private byte[] commandKey() {
        return known(user).keys().command;
    }

    /** The IV of a legacy header: MD5 of its time, four times over (wire-formats section 3.4). */
    static byte[] legacyIv(long time) {
        byte[] bytes = new byte[8];
        VmessIds.putLong(bytes, 0, time);
        return Digests.md5(bytes, bytes, bytes, bytes);
    }

    private static <T> T known(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("not known in this state");
        }
        return value;
    }
}
