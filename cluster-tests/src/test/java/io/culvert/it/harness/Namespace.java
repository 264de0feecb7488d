package io.culvert.it.harness;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A network namespace with one wire to this one, where a client is that is not on this host as far as the host can tell. */
public final class Namespace implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(30);

    private final String name = "culvert-" + ProcessHandle.current().pid();
    private final String near = "cv" + ProcessHandle.current().pid();
    private final String prefix;

    private Namespace(String prefix) {
        this.prefix = prefix;
    }

    /** Makes one; skips the test where this user or this kernel cannot. */
    public static Namespace create() {
        Path ip = Peers.require("ip");
        Namespace made = new Namespace("10.213." + (1 + ProcessHandle.current().pid() % 250) + ".");
        List<List<String>> steps = List.of(
                List.of("netns", "add", made.name),
                List.of("link", "add", made.near, "type", "veth", "peer", "name", "wire", "netns", made.name),
                List.of("addr", "add", made.hostAddress() + "/24", "dev", made.near),
                List.of("link", "set", made.near, "up"),
                List.of("-n", made.name, "addr", "add", made.prefix + "2/24", "dev", "wire"),
                List.of("-n", made.name, "link", "set", "wire", "up"));
        for (List<String> step : steps) {
            List<String> command = new ArrayList<>(List.of(ip.toString()));
            command.addAll(step);
            Peers.Result result = Peers.run(WITHIN, command);
            if (result.exitCode() != 0) {
                made.close();
                Assumptions.abort("skipped: no network namespace can be made here: "
                        + result.output().strip());
            }
        }
        return made;
    }

    /** The address of this host as the namespace sees it. */
    public String hostAddress() {
        return prefix + "1";
    }

    /** The address of the namespace as this host sees it. */
    public String ownAddress() {
        return prefix + "2";
    }

    /** What stands in front of a command to run it inside. */
    public List<String> inside() {
        return List.of(Peers.require("ip").toString(), "netns", "exec", name);
    }

    /** Brings its loopback up and sends what leaves by no other way over the wire. */
    public void connect() {
        String ip = Peers.require("ip").toString();
        Peers.run(WITHIN, List.of(ip, "-n", name, "link", "set", "lo", "up"));
        Peers.run(WITHIN, List.of(ip, "-n", name, "route", "add", "default", "via", hostAddress()));
    }

    /** Loads rules of nftables inside; skips the test where this kernel does not take them. */
    public void rules(String rules) {
        Peers.Result result = run(List.of(Peers.require("nft").toString(), rules));
        Assumptions.assumeTrue(
                result.exitCode() == 0,
                () -> "skipped: no nftables here: " + result.output().strip());
    }

    /** Runs a command inside to its end. */
    public Peers.Result run(List<String> command) {
        List<String> inside = new ArrayList<>(inside());
        inside.addAll(command);
        return Peers.run(WITHIN, inside);
    }

    @Override
    public void close() {
        if (Files.exists(Path.of("/sys/class/net", near))) {
            Peers.run(WITHIN, List.of(Peers.require("ip").toString(), "link", "del", near));
        }
        if (Files.exists(Path.of("/run/netns", name))) {
            Peers.run(WITHIN, List.of(Peers.require("ip").toString(), "netns", "del", name));
        }
    }
}
