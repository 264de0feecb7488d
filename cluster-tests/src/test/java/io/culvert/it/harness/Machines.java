package io.culvert.it.harness;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/**
 * Machines on one network: each a namespace with a wire to a bridge, on which this host has an address too. Between two of them
 * the wire can be cut, in one direction or both.
 */
public final class Machines implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final AtomicInteger NETWORKS = new AtomicInteger();

    private final String ip = Peers.require("ip").toString();
    private final String id;
    private final String prefix;
    private final Map<String, Machine> machines = new LinkedHashMap<>();

    private Machines() {
        long pid = ProcessHandle.current().pid();
        int number = NETWORKS.incrementAndGet();
        id = pid % 100_000 + "x" + number;
        prefix = "10." + (214 + number % 20) + "." + (1 + pid % 250) + ".";
    }

    /** Makes the network; skips the test where this user or this kernel cannot. */
    public static Machines create() {
        Machines made = new Machines();
        made.orSkip("link", "add", made.bridge(), "type", "bridge");
        made.orSkip("addr", "add", made.hostAddress() + "/24", "dev", made.bridge());
        made.orSkip("link", "set", made.bridge(), "up");
        return made;
    }

    private String bridge() {
        return "cvb" + id;
    }

    /** The address of this host as the machines see it. */
    public String hostAddress() {
        return prefix + "1";
    }

    /** A machine, made when it is asked for first. */
    public synchronized Machine machine(String name) {
        return machines.computeIfAbsent(name, _ -> make(machines.size() + 2));
    }

    private Machine make(int number) {
        String namespace = "culvert-" + id + "-" + number;
        String wire = "cv" + id + "." + number;
        Machine made = new Machine(namespace, wire, prefix + number);
        orSkip("netns", "add", namespace);
        orSkip("link", "add", wire, "type", "veth", "peer", "name", "wire", "netns", namespace);
        orSkip("link", "set", wire, "master", bridge(), "up");
        orSkip("-n", namespace, "addr", "add", made.address() + "/24", "dev", "wire");
        orSkip("-n", namespace, "link", "set", "wire", "up");
        orSkip("-n", namespace, "link", "set", "lo", "up");
        orSkip("-n", namespace, "route", "add", "default", "via", hostAddress());
        return made;
    }

    private void orSkip(String... arguments) {
        Peers.Result result = ip(arguments);
        if (result.exitCode() != 0) {
            close();
            Assumptions.abort("skipped: no network namespace can be made here: "
                    + result.output().strip());
        }
    }

    private Peers.Result ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of(ip));
        command.addAll(List.of(arguments));
        return Peers.run(WITHIN, command);
    }

    @Override
    public synchronized void close() {
        machines.values().forEach(Machine::remove);
        machines.clear();
        ip("link", "del", bridge());
    }

    /** One of them. */
    public final class Machine {
        private final String namespace;
        private final String wire;
        private final String address;

        private Machine(String namespace, String wire, String address) {
            this.namespace = namespace;
            this.wire = wire;
            this.address = address;
        }

        /** Its address, as the others see it. */
        public String address() {
            return address;
        }

        /** The file that names its namespace. */
        Path file() {
            return Path.of("/run/netns", namespace);
        }

        /** What stands in front of a command to run it there. */
        public List<String> inside() {
            return List.of(ip, "netns", "exec", namespace);
        }

        /** Adds an address in the same network: {@code number} is its last part. */
        public String alsoKnownAs(int number) {
            String added = prefix + number;
            expect(ip("-n", namespace, "addr", "add", added + "/24", "dev", "wire"));
            return added;
        }

        /** Runs a command there to its end. */
        public Peers.Result run(Duration within, List<String> command) {
            List<String> all = new ArrayList<>(inside());
            all.addAll(command);
            return Peers.run(within, all);
        }

        /** Pulls its wire out, or puts it back. */
        public void wire(boolean connected) {
            expect(ip("link", "set", wire, connected ? "up" : "down"));
        }

        /** Drops what it would send to an address; what comes from there still arrives. */
        public void dropTo(String other) {
            rules("add table ip cut; add chain ip cut out { type filter hook output priority 0; };"
                    + " add rule ip cut out ip daddr " + other + " drop");
        }

        /** Drops what comes from an address; what goes there still leaves. */
        public void dropFrom(String other) {
            rules("add table ip cut; add chain ip cut in { type filter hook input priority 0; };"
                    + " add rule ip cut in ip saddr " + other + " drop");
        }

        /** Drops nothing any more. */
        public void heal() {
            rules("add table ip cut; delete table ip cut");
        }

        private void rules(String commands) {
            Peers.Result result = run(WITHIN, List.of(Peers.require("nft").toString(), commands));
            Assumptions.assumeTrue(
                    result.exitCode() == 0,
                    () -> "skipped: no nftables here: " + result.output().strip());
        }

        private void remove() {
            ip("link", "del", wire);
            ip("netns", "del", namespace);
        }

        private void expect(Peers.Result result) {
            if (result.exitCode() != 0) {
                throw new AssertionError(result.output());
            }
        }
    }
}
