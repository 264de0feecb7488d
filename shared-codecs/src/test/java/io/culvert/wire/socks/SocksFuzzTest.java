package io.culvert.wire.socks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.testkit.Segments;
import io.culvert.wire.Decoded;
import io.culvert.wire.PasswordTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Whatever arrives, however it is cut: the same answers, the same outcome, the same bytes left for the payload. */
class SocksFuzzTest {
    private static final PasswordTable<String> ACCOUNTS =
            PasswordTable.of(Map.of("u", new PasswordTable.Account<>("p", "u")), new Random(1));
    private static final Address.Ip CLIENT = (Address.Ip) Address.parse("192.0.2.1");

    @FuzzTest
    void server(byte[] data) {
        for (boolean password : new boolean[] {false, true}) {
            PasswordTable<String> accounts = password ? ACCOUNTS : null;
            Server whole = new Server(accounts);
            ByteBuf all = Unpooled.wrappedBuffer(data);
            whole.feed(all);
            Server cut = new Server(accounts);
            ByteBuf in = Unpooled.buffer();
            Segments.oneByOne(data, in, cut::feed);
            assertThat(cut.last).isEqualTo(whole.last);
            assertThat(cut.out).isEqualTo(whole.out);
            assertThat(in).isEqualTo(all);
            if (password && whole.last instanceof Decoded.Complete<SocksRequest<String>>(var request)) {
                assertThat(request.user()).isEqualTo("u");
            }
        }
    }

    @FuzzTest
    void client(byte[] data) {
        for (boolean password : new boolean[] {false, true}) {
            SocksClient.Credentials credentials = password ? new SocksClient.Credentials("u", "p") : null;
            Client whole = new Client(credentials);
            ByteBuf all = Unpooled.wrappedBuffer(data);
            whole.feed(all);
            Client cut = new Client(credentials);
            ByteBuf in = Unpooled.buffer();
            Segments.randomly(data, Arrays.hashCode(data), in, cut::feed);
            assertThat(cut.last).isEqualTo(whole.last);
            assertThat(cut.out).isEqualTo(whole.out);
            if (!(whole.last instanceof Decoded.Malformed<Destination>)) {
                assertThat(in).isEqualTo(all);
            }
        }
    }

    @FuzzTest
    void datagram(byte[] data) {
        ByteBuf in = Unpooled.wrappedBuffer(data);
        if (SocksDatagrams.readHeader(in) instanceof Decoded.Complete<Destination>(Destination peer)) {
            assertThat(in.isReadable()).isTrue();
            ByteBuf out = Unpooled.buffer();
            SocksDatagrams.writeHeader(out, peer);
            out.writeBytes(in.duplicate());
            assertThat(SocksDatagrams.readHeader(out)).isEqualTo(Decoded.complete(peer));
            assertThat(out).isEqualTo(in);
        }
    }

    private static final class Server {
        private final SocksServer<String> server;
        private final ByteBuf out = Unpooled.buffer();
        private Decoded<SocksRequest<String>> last = Decoded.needMore();

        Server(@Nullable PasswordTable<String> accounts) {
            server = new SocksServer<>(
                    new SocksServerOptions<>(accounts, true, null), Destination.tcp(CLIENT, 1080), CLIENT);
        }

        boolean feed(ByteBuf in) {
            last = server.receive(in, out);
            return !(last instanceof Decoded.NeedMore<SocksRequest<String>>);
        }
    }

    private static final class Client {
        private final SocksClient client;
        private final ByteBuf out = Unpooled.buffer();
        private Decoded<Destination> last = Decoded.needMore();

        Client(SocksClient.@Nullable Credentials credentials) {
            client = new SocksClient(credentials, true, Destination.tcp(CLIENT, 80));
            client.start(out);
        }

        boolean feed(ByteBuf in) {
            last = client.receive(in, out);
            return !(last instanceof Decoded.NeedMore<Destination>);
        }
    }
}
