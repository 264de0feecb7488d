package io.culvert.benchmarks.users;

import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.UserRef;
import io.culvert.wire.vmess.SeenHeaders;
import io.culvert.wire.vmess.UserSearch;
import io.culvert.wire.vmess.VmessAuthenticator;
import io.culvert.wire.vmess.VmessCommand;
import io.culvert.wire.vmess.VmessRequestDecoder;
import io.culvert.wire.vmess.VmessRequestEncoder;
import io.culvert.wire.vmess.VmessSecurity;
import io.culvert.wire.vmess.VmessUser;
import io.culvert.wire.vmess.VmessUsers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * What the first 16 bytes of a VMess header cost: of a user that its address is known for and of a stranger on the event loop, and of
 * a stranger beside it. Known users are 16 an address, of which the last is asked for.
 */
public final class UserSearchLoad {
    private static final int AUTH_LENGTH = 16;
    private static final int ROUNDS = 9;
    private static final int AN_ADDRESS = 16;
    private static final int HEADERS = 20_000;
    private static final int SEARCHES = 200;

    private final VmessUsers users;
    private final VmessAuthenticator authenticator;
    private final List<UUID> likely = new ArrayList<>();
    private final byte[][] known = new byte[64][];
    private final byte[] stranger = new byte[AUTH_LENGTH];

    private UserSearchLoad(int count) {
        long now = System.currentTimeMillis() / 1000;
        List<VmessUser> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new VmessUser(UUID.randomUUID(), 0, new UserRef("", 0)));
        }
        users = VmessUsers.of(all);
        authenticator = new VmessAuthenticator(users, SeenHeaders.inMemory(), () -> now, false);
        for (int i = 0; i < AN_ADDRESS; i++) {
            likely.add(all.get(count - AN_ADDRESS + i).id());
        }
        SecureRandom random = new SecureRandom();
        VmessRequestEncoder encoder = new VmessRequestEncoder(all.getLast(), random, () -> now);
        Destination to = Destination.tcp(Address.parse("192.0.2.1"), 80);
        for (int i = 0; i < known.length; i++) {
            ByteBuf header = Unpooled.buffer();
            encoder.encode(VmessSecurity.AES_128_GCM, 0x0D, VmessCommand.TCP, to, header);
            known[i] = new byte[AUTH_LENGTH];
            header.readBytes(known[i]);
        }
        random.nextBytes(stranger);
    }

    /** Microseconds a header on the event loop; whether a search is called for is what is expected. */
    private double onLoop(byte[][] headers, boolean searched) {
        long begun = System.nanoTime();
        for (int i = 0; i < HEADERS; i++) {
            VmessRequestDecoder decoder = authenticator.newDecoder(likely);
            decoder.feed(Unpooled.wrappedBuffer(headers[i % headers.length]));
            if ((decoder.takeSearch() != null) != searched) {
                throw new IllegalStateException("a search, or none, against what was expected");
            }
        }
        return (System.nanoTime() - begun) / 1e3 / HEADERS;
    }

    /** Microseconds a search. */
    private double beside() {
        VmessRequestDecoder decoder = authenticator.newDecoder(likely);
        decoder.feed(Unpooled.wrappedBuffer(stranger));
        UserSearch search = decoder.takeSearch();
        if (search == null) {
            throw new IllegalStateException("too few users for a search");
        }
        long begun = System.nanoTime();
        for (int i = 0; i < SEARCHES; i++) {
            if (search.run().isUser()) {
                throw new IllegalStateException("a stranger is a user");
            }
        }
        return (System.nanoTime() - begun) / 1e3 / SEARCHES;
    }

    private interface Round {
        double run();
    }

    private static double median(Round round) {
        double[] micros = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            micros[i] = round.run();
        }
        Arrays.sort(micros);
        return micros[ROUNDS / 2];
    }

    /** @param arguments numbers of users, above those that are tried at once */
    public static void main(String[] arguments) {
        for (String argument : arguments) {
            UserSearchLoad load = new UserSearchLoad(Integer.parseInt(argument));
            System.out.printf(
                    Locale.ROOT,
                    "%d %.2f %.2f %.0f%n",
                    load.users.size(),
                    median(() -> load.onLoop(load.known, false)),
                    median(() -> load.onLoop(new byte[][] {load.stranger}, true)),
                    median(load::beside));
        }
    }
}
