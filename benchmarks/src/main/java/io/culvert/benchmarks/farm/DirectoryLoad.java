package io.culvert.benchmarks.farm;

import io.culvert.bus.NodeStatus;
import io.culvert.launcher.cluster.NodeDirectory;
import io.culvert.model.NodeRole;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What an announcement costs the directory of a node that hears all others once a second, as its event bus hears them: one after
 * the other, on a clock that is told the time, with the look of each second in between. The addresses of the nodes are neighbours
 * whose ports fall as the hosts rise: those of a kind all have one hash. What is heard is equal to what is known, and never the
 * same object, as what comes off a wire.
 */
public final class DirectoryLoad {
    private static final int ROUNDS = 9;
    private static final int ANNOUNCEMENTS = 300_000;
    private static final int[] PORTS = {20_000, 30_000, 40_000};
    private static final int BYTE = 256;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final NodeStatus[] known;
    private final NodeStatus[] nodes;
    private final NodeDirectory directory = new NodeDirectory("node0.1", this::now);
    private long now;

    private DirectoryLoad(int nodes) {
        this.known = new NodeStatus[nodes];
        this.nodes = new NodeStatus[nodes];
        Arrays.setAll(known, DirectoryLoad::node);
        Arrays.setAll(this.nodes, DirectoryLoad::node);
    }

    private long now() {
        return now;
    }

    /** One in ten is a router, the others are egresses. */
    private static NodeStatus node(int number) {
        InetAddress host = InetAddress.ofLiteral("10.0." + number / BYTE + "." + number % BYTE);
        InetSocketAddress[] closed = new InetSocketAddress[PORTS.length];
        Arrays.setAll(closed, i -> new InetSocketAddress(host, PORTS[i] - number));
        return new NodeStatus(
                "node" + number + ".1",
                1,
                Set.of(number % 10 == 0 ? NodeRole.ROUTER : NodeRole.EGRESS),
                Set.of("direct"),
                0,
                0,
                NodeStatus.USUAL_WEIGHT,
                false,
                closed[0],
                Set.of(closed),
                NodeStatus.PROTOCOL_VERSION);
    }

    /** Microseconds an announcement, of so many seconds as bring {@link #ANNOUNCEMENTS}. */
    private double round() {
        long begun = System.nanoTime();
        int heard = 0;
        while (heard < ANNOUNCEMENTS) {
            for (NodeStatus node : nodes) {
                now += SECOND / nodes.length;
                directory.heard(node);
            }
            heard += nodes.length;
            directory.sweep();
        }
        return (System.nanoTime() - begun) / 1_000.0 / heard;
    }

    /**
     * Prints a line {@code NODES MEDIAN MOST} for each number of nodes: microseconds an announcement, of nine rounds after two that
     * warm up.
     *
     * @param args numbers of nodes, 1 to 1000
     */
    public static void main(String[] args) {
        for (String nodes : List.of(args)) {
            DirectoryLoad load = new DirectoryLoad(Integer.parseInt(nodes));
            for (NodeStatus node : load.known) {
                load.directory.heard(node);
            }
            load.round();
            load.round();
            double[] micros = new double[ROUNDS];
            Arrays.setAll(micros, _ -> load.round());
            Arrays.sort(micros);
            System.out.printf(Locale.ROOT, "%s %.2f %.2f%n", nodes, micros[ROUNDS / 2], micros[ROUNDS - 1]);
        }
    }
}
