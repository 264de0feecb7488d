package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings;
import io.culvert.ingress.listener.Inbounds;
import io.culvert.transport.testkit.Await;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
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
            assertThat(isRefused(node, prepared)).isFalse();
            node.inbounds().shutdown().await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
            before.commit().await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
            node.prepare(new NodeRig.Builder()
                            .inbound("a", first, SOCKS)
                            .inbound("b", prepared, SOCKS)
                            .inbound("c", later, SOCKS))
                    .commit()
                    .await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
            assertThat(isRefused(node, later)).isTrue();
            // The system takes a moment to close what was open.
            Await.until("nobody listens", () -> isRefused(node, first) && isRefused(node, prepared));
            assertThat(node.inbounds().listening()).isEmpty();
        }
    }

    /** A socket that serves nobody yet, or is just being closed, resets its connections, which connecting may see already. */
    private static boolean isRefused(NodeRig node, int port) {
        try {
            node.connect(port);
            return false;
        } catch (ConnectException _) {
            return true;
        } catch (SocketException _) {
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
