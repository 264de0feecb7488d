package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.InboundSettings;
import io.culvert.ingress.listener.Inbounds;
import io.culvert.transport.testkit.Await;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A node that is being left takes nobody new, whatever configuration comes meanwhile. */
class LeavingTest {
    private static final InboundSettings SOCKS = new InboundSettings.Socks(false, List.of(), false, null, 0, false);

    @Test
    void noSocketOfAnotherConfigurationIsOpened() throws Exception {
        int first = NodeRig.freePort();
        int prepared = NodeRig.freePort();
        int later = NodeRig.freePort();
        try (NodeRig node = new NodeRig.Builder().inbound("a", first, SOCKS).start()) {
            Inbounds.Prepared before = node.prepare(
                    new NodeRig.Builder().inbound("a", first, SOCKS).inbound("b", prepared, SOCKS));
            node.connect(prepared);
            node.inbounds().shutdown().await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
            before.commit().await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
            node.prepare(new NodeRig.Builder()
                            .inbound("a", first, SOCKS)
                            .inbound("b", prepared, SOCKS)
                            .inbound("c", later, SOCKS))
                    .commit()
                    .await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
            for (int port : new int[] {first, prepared, later}) {
                assertThatThrownBy(() -> node.connect(port)).as("%d", port).isInstanceOf(ConnectException.class);
            }
            assertThat(node.inbounds().listening()).isEmpty();
        }
    }
}
