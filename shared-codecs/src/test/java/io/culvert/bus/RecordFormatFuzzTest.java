package io.culvert.bus;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.culvert.wire.Decoded;

/** Whatever bytes come: a value that survives being written and read again, or malformed; nothing else. */
class RecordFormatFuzzTest {

    @FuzzTest
    void descriptor(byte[] bytes) {
        check(ControlFormats.DESCRIPTOR, bytes);
    }

    @FuzzTest
    void decision(byte[] bytes) {
        check(ControlFormats.DECISION, bytes);
    }

    @FuzzTest
    void egressStatus(byte[] bytes) {
        check(ControlFormats.NODE_STATUS, bytes);
    }

    @FuzzTest
    void linkOrder(byte[] bytes) {
        check(ControlFormats.LINK_ORDER, bytes);
    }

    private static <T> void check(RecordFormat<T> format, byte[] bytes) {
        Decoded<T> decoded = format.decode(bytes);
        switch (decoded) {
            case Decoded.Complete<T>(T value) ->
                assertThat(format.decode(format.encode(value))).isEqualTo(decoded);
            case Decoded.NeedMore<T> _ -> throw new AssertionError("a message arrives whole");
            case Decoded.Malformed<T>(var _, String why) -> assertThat(why).isNotEmpty();
        }
    }
}
