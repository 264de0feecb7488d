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

    /** Runs a command inside to its end. */
    public Peers.Result run(List<String> command) {
        List<String> inside = new ArrayList<>(List.of(Peers.require("ip").toString(), "netns", "exec", name));
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
