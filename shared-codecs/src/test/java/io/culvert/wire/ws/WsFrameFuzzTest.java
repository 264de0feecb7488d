package io.culvert.wire.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.culvert.wire.ws.WsFrameReaderTest.Reading;

/** Whatever arrives, however it is cut: the same stream and the same end. */
class WsFrameFuzzTest {

    @FuzzTest
    void frames(byte[] data) {
        for (boolean fromClient : new boolean[] {true, false}) {
            Reading whole = new Reading(fromClient).feed(data);
            Reading cut = new Reading(fromClient);
            for (int i = 0; i < data.length; i++) {
                cut.feed(data, i, 1);
            }
            assertThat(cut.status).isEqualTo(whole.status);
            assertThat(cut.controls).isEqualTo(whole.controls);
            assertThat(cut.stream.toByteArray()).isEqualTo(whole.stream.toByteArray());
        }
    }
}
