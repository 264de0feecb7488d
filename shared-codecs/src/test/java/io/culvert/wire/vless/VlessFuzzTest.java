package io.culvert.wire.vless;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.culvert.testkit.Segments;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Whatever arrives, however it is cut: the same outcome, nothing taken beyond a header, every datagram accounted for. */
class VlessFuzzTest {

    @FuzzTest
    void request(byte[] data) {
        byte[] stream = withUser(data);
        Outcome whole = new Outcome();
        ByteBuf all = Unpooled.wrappedBuffer(stream);
        whole.feed(all);
        Outcome cut = new Outcome();
        ByteBuf in = Unpooled.buffer();
        Segments.oneByOne(stream, in, cut::feed);
        assertThat(cut.last).isEqualTo(whole.last);
        assertThat(in.readableBytes()).isEqualTo(all.readableBytes());
        if (whole.last instanceof Decoded.Complete<VlessRequest<String>>(VlessRequest<String> request)) {
            assertThat(all.readerIndex()).isBetween(19, VlessRequestDecoder.MAX_LENGTH);
            ByteBuf again = Unpooled.buffer();
            VlessRequestEncoder.write(
                    again, VlessRequestTest.USER, request.addons(), request.command(), request.destination());
            assertThat(new VlessRequestDecoder<>(VlessRequestTest.USERS).decode(again))
                    .isEqualTo(whole.last);
        } else {
            assertThat(all.readerIndex()).as("kept for a fallback").isZero();
        }
    }

    @FuzzTest
    void datagrams(byte[] data) {
        ByteBuf in = Unpooled.wrappedBuffer(data);
        List<String> whole = drain(in);
        List<String> cut = new ArrayList<>();
        ByteBuf pieces = Unpooled.buffer();
        Segments.randomly(data, Arrays.hashCode(data), pieces, buffer -> {
            cut.addAll(drain(buffer));
            return false;
        });
        assertThat(cut).isEqualTo(whole);
        assertThat(pieces).isEqualTo(in);
    }

    @FuzzTest
    void response(byte[] data) {
        ByteBuf in = Unpooled.wrappedBuffer(data);
        Decoded<VlessResponse> result = VlessResponse.read(in);
        int taken = in.readerIndex();
        assertThat(taken).isEqualTo(result instanceof Decoded.Complete<VlessResponse> ? 2 + (data[1] & 0xFF) : 0);
        for (int length = 0; length < Math.min(taken, data.length); length++) {
            assertThat(VlessResponse.read(Unpooled.wrappedBuffer(data, 0, length)))
                    .isEqualTo(Decoded.needMore());
        }
    }

    /** Puts a known user in front, so that what is behind it is reached; the first byte chooses. */
    private static byte[] withUser(byte[] data) {
        if (data.length == 0 || data[0] % 2 == 0) {
            return data;
        }
        ByteBuf out = Unpooled.buffer();
        out.writeByte(0);
        out.writeLong(VlessRequestTest.USER.getMostSignificantBits());
        out.writeLong(VlessRequestTest.USER.getLeastSignificantBits());
        out.writeBytes(data, 1, data.length - 1);
        return ByteBufUtil.getBytes(out);
    }

    private static List<String> drain(ByteBuf in) {
        List<String> got = new ArrayList<>();
        for (ByteBuf datagram = VlessDatagrams.read(in); datagram != null; datagram = VlessDatagrams.read(in)) {
            assertThat(datagram.isReadable()).isTrue();
            got.add(ByteBufUtil.hexDump(datagram));
            datagram.release();
        }
        return got;
    }

    private static final class Outcome {
        private final VlessRequestDecoder<String> decoder = new VlessRequestDecoder<>(VlessRequestTest.USERS);
        private Decoded<VlessRequest<String>> last = Decoded.needMore();

        boolean feed(ByteBuf in) {
            last = decoder.decode(in);
            return !(last instanceof Decoded.NeedMore<VlessRequest<String>>);
        }
    }
}
