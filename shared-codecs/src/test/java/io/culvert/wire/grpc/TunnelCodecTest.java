package io.culvert.wire.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By the encoding rules of protocol buffers and of gRPC over HTTP/2: flag, length, then {@code 0a}, varint, bytes. */
class TunnelCodecTest {
    private static String payload(String hex, int step) {
        return payload(HexFormat.of().parseHex(hex), step, new TunnelDecoder());
    }

    private static String payload(byte[] stream, int step, TunnelDecoder decoder) {
        ByteBuf out = Unpooled.buffer();
        for (int at = 0; at < stream.length; at += step) {
            ByteBuf in = Unpooled.wrappedBuffer(stream, at, Math.min(step, stream.length - at));
            for (@Nullable ByteBuf piece = decoder.next(in); piece != null; piece = decoder.next(in)) {
                out.writeBytes(piece);
                piece.release();
            }
            in.release();
        }
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1_000})
    void hunks_and_multi_hunks_become_one_stream(int step) {
        String hunk = "00" + "00000004" + "0a02" + "6162";
        String multiHunk = "00" + "00000007" + "0a01" + "63" + "0a02" + "6465";
        String empty = "00" + "00000000" + "00" + "00000002" + "0a00";
        assertThat(payload(hunk + multiHunk + empty + hunk, step)).isEqualTo("abcdeab");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000})
    void fields_that_are_not_known_are_skipped(int step) {
        String message = "1001" + "12020304" + "190102030405060708" + "2501020304" + "0a0161";
        assertThat(payload("00" + "%08x".formatted(message.length() / 2) + message, step))
                .isEqualTo("a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01", // compressed
                "0000400001", // longer than a message may be
                "00ffffffff",
                "00000000020a02", // a field longer than its message
                "00000000010a", // a message that ends in the middle of a field
                "00000000020b00", // a wire type that is none
                "00000000020200", // field 0
                "000000000c0affffffffffffffffffff01", // a number of more than 64 bits
            })
    void what_is_no_message_ends_the_stream(String hex) {
        byte[] stream = HexFormat.of().parseHex(hex + "00000000030a0161");
        TunnelDecoder decoder = new TunnelDecoder();
        assertThat(payload(stream, 1, decoder)).isEmpty();
        assertThat(decoder.malformed()).isTrue();
    }

    @Test
    void the_longest_message_is_passed_on_as_it_comes() {
        ByteBuf in = Unpooled.buffer();
        TunnelEncoder.head(TunnelDecoder.MAX_MESSAGE - 5, in);
        in.writeByte('x');
        TunnelDecoder decoder = new TunnelDecoder();
        ByteBuf piece = decoder.next(in);
        assertThat(piece).isNotNull();
        assertThat(piece.readableBytes()).isEqualTo(1);
        assertThat(decoder.atBoundary()).isFalse();
        piece.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 127, 128, 16_383, 16_384, 65_536, 2_097_151, 2_097_152})
    void what_is_written_is_read(int length) {
        ByteBuf stream = Unpooled.buffer();
        TunnelEncoder.head(length, stream);
        assertThat(stream.readableBytes()).isLessThanOrEqualTo(TunnelEncoder.MAX_HEAD);
        stream.writeZero(length);
        TunnelDecoder decoder = new TunnelDecoder();
        assertThat(payload(ByteBufUtil.getBytes(stream), 100_000, decoder)).hasSize(length);
        assertThat(decoder.atBoundary()).isTrue();
    }

    @Test
    void a_hunk_on_the_wire() {
        ByteBuf out = Unpooled.buffer();
        TunnelEncoder.head(300, out);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo("00" + "0000012f" + "0a" + "ac02");
    }

    @FuzzTest
    void cut_anywhere_it_is_the_same(byte[] data) {
        TunnelDecoder whole = new TunnelDecoder();
        TunnelDecoder cut = new TunnelDecoder();
        assertThat(payload(data, 1, cut)).isEqualTo(payload(data, Math.max(1, data.length), whole));
        assertThat(cut.malformed()).isEqualTo(whole.malformed());
        assertThat(cut.atBoundary()).isEqualTo(whole.atBoundary());
    }
}
