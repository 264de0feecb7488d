package io.culvert.wire.vmess;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.UserRef;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, when, and how often. */
class VmessUsersTest {
    private static final long NOW = 1_700_000_000L;
    private static final Destination TARGET = Destination.tcp(Address.parse("example.org"), 443);

    private final Random random = new Random(42);
    private final AtomicLong clock = new AtomicLong(NOW);
    private final SeenHeaders seen = SeenHeaders.inMemory();

    @Test
    void finds10000UsersAndNoStranger() {
        List<VmessUser> users = users(10_000, 0);
        VmessAuthenticator server = server(VmessUsers.of(users), false);
        for (int i = 0; i < 300; i++) {
            VmessUser user = users.get(random.nextInt(users.size()));
            // Twice: once by the whole table, once among those found last.
            assertThat(accepted(server, header(user, NOW)).user()).isSameAs(user);
            assertThat(accepted(server, header(user, NOW)).user()).isSameAs(user);
        }
        for (int i = 0; i < 100; i++) {
            byte[] noise = new byte[100];
            random.nextBytes(noise);
            assertThat(refused(server, noise)).isEqualTo(CloseCause.AUTH_FAILED);
        }
    }

    @Test
    void amongManyOnlyTheLikelyAreTriedAtOnce() {
        List<VmessUser> users = users(VmessAuthenticator.AT_ONCE + 1, 0);
        VmessAuthenticator server = server(VmessUsers.of(users), false);
        VmessUser user = users.getLast();
        VmessRequestDecoder unknown = server.newDecoder(List.of(users.getFirst().id(), new UUID(1, 2)));
        ByteBuf header = header(user, NOW);
        int length = header.readableBytes();
        assertThat(unknown.feed(header)).isInstanceOf(Decoded.NeedMore.class);
        assertThat(header.readableBytes()).as("the rest waits").isEqualTo(length - 16);
        assertThat(unknown.takeSearch()).isNotNull();
        assertThat(unknown.takeSearch()).as("once").isNull();
        assertThat(unknown.feed(header)).isInstanceOf(Decoded.NeedMore.class);
        assertThat(header.readableBytes()).isEqualTo(length - 16);

        assertThat(server.newDecoder(List.of(new UUID(1, 2), user.id())).feed(header(user, NOW)))
                .isInstanceOf(Decoded.Complete.class);
        assertThat(server(VmessUsers.of(users.subList(1, users.size())), false)
                        .newDecoder()
                        .feed(header(user, NOW)))
                .as("as many as are tried at once")
                .isInstanceOf(Decoded.Complete.class);
    }

    @Test
    void manyUsersInTurnAreAllFound() {
        List<VmessUser> users = users(3 * AuthIdLookup.RECENT, 0);
        VmessAuthenticator server = server(VmessUsers.of(users), false);
        for (int round = 0; round < 3; round++) {
            for (VmessUser user : users) {
                assertThat(accepted(server, header(user, NOW)).user()).isSameAs(user);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"-121,false", "-120,true", "0,true", "120,true", "121,false"})
    void timeWindow(long offset, boolean accepted) {
        VmessUser user = users(1, 0).getFirst();
        VmessAuthenticator server = server(VmessUsers.of(List.of(user)), false);

        Decoded<VmessRequest> decoded = server.newDecoder().feed(header(user, NOW + offset));

        assertThat(decoded instanceof Decoded.Complete<VmessRequest>).isEqualTo(accepted);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, -100, Long.MIN_VALUE, Long.MAX_VALUE})
    void timesOutOfAnyRangeAreRefused(long time) {
        VmessUser user = users(1, 0).getFirst();
        clock.set(50);
        VmessAuthenticator server = server(VmessUsers.of(List.of(user)), false);

        assertThat(refused(server, header(user, time))).isEqualTo(CloseCause.AUTH_FAILED);
    }

    @ParameterizedTest
    @CsvSource({"-121,false", "-120,true", "0,true", "120,true", "121,false"})
    void timeWindowOfLegacyHeaders(long offset, boolean accepted) {
        VmessUser user = users(1, 2).getFirst();
        VmessAuthenticator server = server(VmessUsers.of(List.of(user)), false);

        Decoded<VmessRequest> decoded = server.newDecoder().feed(header(user, NOW + offset));

        assertThat(decoded instanceof Decoded.Complete<VmessRequest>).isEqualTo(accepted);
    }

    @Test
    void theLegacyTableFollowsTheClock() {
        VmessUser user = users(1, 3).getFirst();
        VmessUsers users = VmessUsers.of(List.of(user));
        VmessAuthenticator server = server(users, false);
        for (long step : new long[] {0, 1, 9, 59, 64, 119, 241, 500, 100_000, -30, -500, -100_000, 3}) {
            long now = clock.addAndGet(step);
            if (step == 59) {
                users.maintain(now);
            }
            assertThat(accepted(server, header(user, now - 120)).user()).isSameAs(user);
            assertThat(accepted(server, header(user, now + 120)).user()).isSameAs(user);
            assertThat(refused(server, header(user, now - 121))).isEqualTo(CloseCause.AUTH_FAILED);
            assertThat(refused(server, header(user, now + 121))).isEqualTo(CloseCause.AUTH_FAILED);
        }
    }

    @Test
    void legacyHeadersAreForUsersWithAnAlterIdOnly() {
        VmessUser without = users(1, 0).getFirst();
        VmessUser with = users(1, 1).getFirst();
        VmessUser pretending = new VmessUser(without.id(), 1, without.ref());
        VmessAuthenticator server = server(VmessUsers.of(List.of(without, with)), false);

        assertThat(refused(server, header(pretending, NOW))).isEqualTo(CloseCause.AUTH_FAILED);
        assertThat(accepted(server, header(with, NOW)).kind()).isEqualTo(HeaderKind.LEGACY);
        VmessUser sealing = new VmessUser(with.id(), 0, with.ref());
        assertThat(accepted(server, header(sealing, NOW)).kind()).isEqualTo(HeaderKind.AEAD);
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0,1", "0,119", "0,180", "0,239", "1,0", "1,1", "1,119", "1,180", "1,239"})
    void replaysAreRefusedAsLongAsTheirTimeIsGood(int alterId, long later) {
        VmessUser user = users(1, alterId).getFirst();
        VmessUsers users = VmessUsers.of(List.of(user));
        // Another event loop and a reloaded snapshot share the sets.
        ByteBuf header = header(user, NOW + 120);
        accepted(server(users, false), header.duplicate());

        clock.addAndGet(later);

        assertThat(refused(server(VmessUsers.of(List.of(user)), false), header.duplicate()))
                .isEqualTo(CloseCause.REPLAYED);
    }

    @Test
    void aDamagedCopyDoesNotSpendAnAuthId() {
        VmessUser user = users(1, 0).getFirst();
        VmessAuthenticator server = server(VmessUsers.of(List.of(user)), false);
        ByteBuf header = header(user, NOW);
        ByteBuf damaged = header.copy();
        damaged.setByte(60, damaged.getByte(60) ^ 1);

        assertThat(refused(server, damaged)).isEqualTo(CloseCause.AUTH_FAILED);

        accepted(server, header);
    }

    @ParameterizedTest
    @EnumSource(HeaderKind.class)
    void theSameKeysAreRefusedForThreeMinutes(HeaderKind kind) {
        VmessUser user = users(1, kind == HeaderKind.AEAD ? 0 : 1).getFirst();
        VmessAuthenticator server = server(VmessUsers.of(List.of(user)), false);
        accepted(server, header(user, clock.get(), new Random(1), 7));

        // Only what stands outside of the instruction block differs.
        clock.addAndGet(1);
        assertThat(refused(server, header(user, clock.get(), new Random(1), 7))).isEqualTo(CloseCause.REPLAYED);
        clock.addAndGet(200);
        accepted(server, header(user, clock.get(), new Random(1), 7));
    }

    @Test
    void aFailedLegacyHeaderTaintsItsValue() {
        VmessUser user = users(1, 1).getFirst();
        VmessAuthenticator server = server(VmessUsers.of(List.of(user)), false);
        ByteBuf header = header(user, NOW);
        ByteBuf damaged = header.copy();
        damaged.setByte(20, damaged.getByte(20) ^ 1);

        assertThat(refused(server, damaged)).isEqualTo(CloseCause.MALFORMED);

        assertThat(refused(server, header)).isEqualTo(CloseCause.REPLAYED);
    }

    @Test
    void anAbandonedLegacyHeaderTaintsItsValue() {
        VmessUser user = users(1, 1).getFirst();
        VmessAuthenticator server = server(VmessUsers.of(List.of(user)), false);
        ByteBuf header = header(user, NOW);
        VmessRequestDecoder cut = server.newDecoder();
        assertThat(cut.feed(header.slice(0, 40))).isInstanceOf(Decoded.NeedMore.class);

        cut.abandon();

        assertThat(cut.feed(header.slice(40, 10))).isInstanceOf(Decoded.Malformed.class);
        assertThat(refused(server, header)).isEqualTo(CloseCause.REPLAYED);
    }

    @Test
    void insecureEncryptionCanBeRefused() {
        VmessUser user = users(1, 0).getFirst();
        VmessUsers users = VmessUsers.of(List.of(user));
        for (VmessSecurity security : VmessSecurity.values()) {
            Decoded<VmessRequest> decoded = server(users, true).newDecoder().feed(header(user, NOW, security, 0x05));
            if (security.insecure()) {
                assertThat(((Decoded.Malformed<VmessRequest>) decoded).cause()).isEqualTo(CloseCause.NOT_ALLOWED);
            } else {
                assertThat(decoded).isInstanceOf(Decoded.Complete.class);
            }
        }
    }

    @Test
    void instructionsThatNoPeerMaySendAreRefused() {
        VmessUser user = users(1, 0).getFirst();
        VmessAuthenticator server = server(VmessUsers.of(List.of(user)), false);
        // Offset, value: padding without masking; security auto, unknown; command 0, 4; address type 0, 4.
        int[][] edits = {{34, 0x09}, {35, 0x02}, {35, 0x06}, {35, 0x0F}, {37, 0}, {37, 4}, {40, 0}, {40, 4}, {41, 0}};
        for (int[] edit : edits) {
            byte[] block = block();
            block[edit[0]] = (byte) edit[1];
            assertThat(refused(server, Unpooled.wrappedBuffer(seal(user, block))))
                    .as("byte %d = %d", edit[0], edit[1])
                    .isEqualTo(CloseCause.MALFORMED);
        }
        // Version and reserved byte are nobody's business; security 0 reads as 1.
        int[][] harmless = {{0, 0}, {0, 9}, {36, 0xFF}, {35, 0}};
        for (int[] edit : harmless) {
            byte[] block = block();
            block[edit[0]] = (byte) edit[1];
            accepted(server, Unpooled.wrappedBuffer(seal(user, block)));
        }
    }

    @Test
    void aFullSetRefusesRatherThanForgets() {
        VmessUser user = users(1, 0).getFirst();
        SeenHeaders two = new SeenHeaders(2, Long.MIN_VALUE, SeenHeaders.NO_MEMORY);
        VmessAuthenticator server = new VmessAuthenticator(VmessUsers.of(List.of(user)), two, clock::get, false);
        accepted(server, header(user, NOW));
        accepted(server, header(user, NOW));

        assertThat(refused(server, header(user, NOW))).isEqualTo(CloseCause.LIMIT);
        assertThat(two.refusedFull()).isEqualTo(1);

        clock.addAndGet(200);
        accepted(server, header(user, clock.get()));
    }

    @ParameterizedTest
    @EnumSource(HeaderKind.class)
    void whereNothingIsKnownOfTheTimeBeforeOlderHeadersAreRefused(HeaderKind kind) {
        VmessUser user = users(1, kind == HeaderKind.AEAD ? 0 : 1).getFirst();
        SeenHeaders since = new SeenHeaders(10, SeenHeaders.sinceStart(NOW), SeenHeaders.NO_MEMORY);
        VmessAuthenticator server = new VmessAuthenticator(VmessUsers.of(List.of(user)), since, clock::get, false);

        assertThat(refused(server, header(user, NOW - 31))).isEqualTo(CloseCause.REPLAYED);
        assertThat(since.refusedTooOld()).isEqualTo(1);
        accepted(server, header(user, NOW - 30));
        clock.addAndGet(80);
        accepted(server, header(user, NOW - 30));
    }

    @ParameterizedTest
    @EnumSource(HeaderKind.class)
    void whatAMemoryHasKeptIsKnownToTheNextProcess(HeaderKind kind) {
        record Kept(SeenHeaders.Kind kind, long high, long low, long expiry) {}
        List<Kept> kept = new ArrayList<>();
        VmessUser user = users(1, kind == HeaderKind.AEAD ? 0 : 1).getFirst();
        SeenHeaders before = new SeenHeaders(
                10, Long.MIN_VALUE, (of, high, low, expiry, _) -> kept.add(new Kept(of, high, low, expiry)));
        ByteBuf slow = header(user, NOW - 110);
        ByteBuf fast = header(user, NOW + 120);
        VmessUsers users = VmessUsers.of(List.of(user));
        accepted(new VmessAuthenticator(users, before, clock::get, false), slow.duplicate());
        accepted(new VmessAuthenticator(users, before, clock::get, false), fast.duplicate());

        SeenHeaders after = new SeenHeaders(10, Long.MIN_VALUE, SeenHeaders.NO_MEMORY);
        kept.forEach(one -> after.restore(one.kind(), one.high(), one.low(), one.expiry(), NOW));

        assertThat(kept).hasSize(2);
        VmessAuthenticator server = new VmessAuthenticator(users, after, clock::get, false);
        assertThat(refused(server, slow)).isEqualTo(CloseCause.REPLAYED);
        // A legacy value of the same second is tainted by the replay.
        accepted(server, header(user, NOW - 109));
        clock.addAndGet(239);
        assertThat(refused(server, fast)).isEqualTo(CloseCause.REPLAYED);
    }

    @Test
    void whereTheMemoryHasNoRoomTheSessionIsRefused() {
        VmessUser user = users(1, 0).getFirst();
        SeenHeaders without = new SeenHeaders(10, Long.MIN_VALUE, (_, _, _, _, _) -> false);
        VmessAuthenticator server = new VmessAuthenticator(VmessUsers.of(List.of(user)), without, clock::get, false);

        assertThat(refused(server, header(user, NOW))).isEqualTo(CloseCause.LIMIT);
        assertThat(without.refusedFull()).isEqualTo(1);
    }

    private VmessAuthenticator server(VmessUsers users, boolean disableInsecureEncryption) {
        return new VmessAuthenticator(users, seen, clock::get, disableInsecureEncryption);
    }

    private List<VmessUser> users(int count, int alterId) {
        List<VmessUser> users = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            UUID id = new UUID(random.nextLong(), random.nextLong());
            users.add(new VmessUser(id, alterId, new UserRef("user" + i + "@example.org", i % 3)));
        }
        return users;
    }

    private ByteBuf header(VmessUser user, long time) {
        return header(user, time, random, -1);
    }

    private ByteBuf header(VmessUser user, long time, VmessSecurity security, int options) {
        ByteBuf out = Unpooled.buffer();
        new VmessRequestEncoder(user, random, () -> time).encode(security, options, VmessCommand.TCP, TARGET, out);
        return out;
    }

    /** A header whose keys come from {@code keys}, whose every bounded number is {@code fixed} or, below 0, drawn without jitter. */
    private static ByteBuf header(VmessUser user, long time, Random keys, int fixed) {
        ByteBuf out = Unpooled.buffer();
        RandomGenerator source = new RandomGenerator() {
            @Override
            public long nextLong() {
                return keys.nextLong();
            }

            @Override
            public int nextInt(int bound) {
                // 60 is the bound of the jitter, 30 its middle.
                return bound == 60 ? 30 : fixed < 0 ? keys.nextInt(bound) : fixed % bound;
            }
        };
        new VmessRequestEncoder(user, source, () -> time)
                .encode(VmessSecurity.AES_128_GCM, 0x0D, VmessCommand.TCP, TARGET, out);
        return out;
    }

    /** An instruction block without padding. */
    private byte[] block() {
        return InstructionBlock.write(
                Bodies.request(VmessSecurity.NONE, 0x05, VmessCommand.TCP, HeaderKind.AEAD, random), new byte[0]);
    }

    /** An AEAD header over a block whose checksum is set right. */
    private byte[] seal(VmessUser user, byte[] block) {
        return SealedHeaders.seal(user, block, NOW, random);
    }

    /** Feeds a header, and the outcome of the search that it calls for. */
    private static Decoded<VmessRequest> decided(VmessRequestDecoder decoder, ByteBuf header) {
        Decoded<VmessRequest> decoded = decoder.feed(header);
        UserSearch search = decoder.takeSearch();
        if (search == null) {
            return decoded;
        }
        assertThat(decoded).isInstanceOf(Decoded.NeedMore.class);
        decoder.found(search.run());
        return decoder.feed(header);
    }

    private static VmessRequest accepted(VmessAuthenticator server, ByteBuf header) {
        Decoded<VmessRequest> decoded = decided(server.newDecoder(), header);
        assertThat(decoded).isInstanceOf(Decoded.Complete.class);
        return ((Decoded.Complete<VmessRequest>) decoded).value();
    }

    private static CloseCause refused(VmessAuthenticator server, byte[] header) {
        return refused(server, Unpooled.wrappedBuffer(header));
    }

    private static CloseCause refused(VmessAuthenticator server, ByteBuf header) {
        Decoded<VmessRequest> decoded = decided(server.newDecoder(), header);
        assertThat(decoded).isInstanceOf(Decoded.Malformed.class);
        return ((Decoded.Malformed<VmessRequest>) decoded).cause();
    }
}
