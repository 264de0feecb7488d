package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.culvert.testkit.Segments;
import io.culvert.wire.Decoded;
import io.culvert.wire.http.BodyRelay.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Whatever arrives, however it is cut: the same outcome; and what is passed on means one thing only. */
class HttpFuzzTest {

    @FuzzTest
    void requests(byte[] data) {
        checkRequests(data);
    }

    /** Segmentation does not matter, and every forwarded message is one request, which is forwarded unchanged. */
    static void checkRequests(byte[] data) {
        for (boolean transparent : new boolean[] {false, true}) {
            FakeProxy whole = proxy(transparent).send(data);
            FakeProxy cut = proxy(transparent).sendOneByOne(data);
            assertThat(cut.toClient()).isEqualTo(whole.toClient());
            assertThat(cut.closed()).isEqualTo(whole.closed());
            assertThat(joined(cut)).isEqualTo(joined(whole));
            assertThat(cut.close()).isEqualTo(whole.close());
            boolean lastIsWhole = !whole.tunnel() && !whole.inBody() && whole.cause() == null;
            List<String> forwarded = whole.upstreams();
            for (int i = 0; i < forwarded.size() - (lastIsWhole ? 0 : 1); i++) {
                FakeProxy again = proxy(true).send(forwarded.get(i));
                assertThat(again.upstreams()).containsExactly(forwarded.get(i));
                assertThat(again.close()).as("nothing behind the request").isEmpty();
            }
        }
    }

    @FuzzTest
    void chunks(byte[] data) {
        StringBuilder whole = new StringBuilder();
        ByteBuf all = ByteBufAllocator.DEFAULT.buffer().writeBytes(data);
        BodyRelay wholeBody = new BodyRelay(new BodyFraming.Chunked(), false);
        wholeBody.relay(all, bytes -> append(whole, bytes));
        StringBuilder cut = new StringBuilder();
        ByteBuf pieces = ByteBufAllocator.DEFAULT.buffer();
        BodyRelay cutBody = new BodyRelay(new BodyFraming.Chunked(), false);
        Segments.oneByOne(data, pieces, in -> cutBody.relay(in, bytes -> append(cut, bytes)) != State.MORE);
        assertThat(cutBody.state()).isEqualTo(wholeBody.state());
        assertThat(cut.toString()).isEqualTo(whole.toString());
        assertThat(pieces).isEqualTo(all);
        all.release();
        pieces.release();
    }

    @FuzzTest
    void answers(byte[] data) {
        for (String method : List.of("GET", "HEAD")) {
            HttpRequestHead request =
                    new HttpRequestHead(method, "/", HttpVersion.HTTP_1_0, new HeaderFields(List.of()));
            StringBuilder whole = new StringBuilder();
            ByteBuf all = ByteBufAllocator.DEFAULT.buffer().writeBytes(data);
            ResponseRelay wholeRelay = new ResponseRelay(request, () -> true);
            wholeRelay.relay(all, bytes -> append(whole, bytes));
            StringBuilder cut = new StringBuilder();
            ByteBuf pieces = ByteBufAllocator.DEFAULT.buffer();
            ResponseRelay cutRelay = new ResponseRelay(request, () -> true);
            Segments.randomly(
                    data,
                    Arrays.hashCode(data),
                    pieces,
                    in -> cutRelay.relay(in, bytes -> append(cut, bytes)) != State.MORE);
            assertThat(cut.toString()).isEqualTo(whole.toString());
            assertThat(cutRelay.started()).isEqualTo(wholeRelay.started());
            assertThat(cutRelay.promisedToGoOn()).isEqualTo(wholeRelay.promisedToGoOn());
            assertThat(cutRelay.isOver()).isEqualTo(wholeRelay.isOver());
            assertThat(cutRelay.fault()).isEqualTo(wholeRelay.fault());
            all.release();
            pieces.release();
        }
    }

    @FuzzTest
    void connectAnswer(byte[] data) {
        ByteBuf all = ByteBufAllocator.DEFAULT.buffer().writeBytes(data);
        Decoded<HttpConnectClient.Answer> whole = new HttpConnectClient().read(all);
        int taken = all.readerIndex();
        for (int length = 0; length < taken; length++) {
            ByteBuf cut = ByteBufAllocator.DEFAULT.buffer().writeBytes(data, 0, length);
            assertThat(new HttpConnectClient().read(cut)).isEqualTo(Decoded.needMore());
            cut.release();
        }
        assertThat(taken > 0).isEqualTo(whole instanceof Decoded.Complete<HttpConnectClient.Answer>);
        all.release();
    }

    private static FakeProxy proxy(boolean transparent) {
        return new FakeProxy(false, transparent, exchange -> "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }

    private static List<String> joined(FakeProxy proxy) {
        return proxy.tunnel()
                ? proxy.upstreams()
                : proxy.upstreams().stream().map(HttpMessages::joined).toList();
    }

    private static void append(StringBuilder to, ByteBuf bytes) {
        to.append(bytes.toString(StandardCharsets.ISO_8859_1));
        bytes.release();
    }
}
