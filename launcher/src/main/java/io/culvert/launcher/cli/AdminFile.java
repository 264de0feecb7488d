package io.culvert.launcher.cli;

import io.culvert.files.FileFaults;
import io.culvert.launcher.HostPort;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.StateFolder;
import io.culvert.launcher.demo.DemoFarm;
import io.culvert.model.IpText;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a running node's admin server is, in a file of mode 600 in its state folder: how commands find it.
 *
 * @param address {@code host:port}
 * @param token the file with its token
 */
record AdminFile(String address, Path token) {
    private static final String NAME = "admin.json";

    /**
     * Writes the file, unless it is that of another node which runs.
     *
     * @return who has the folder already, in words; empty where it is this node now
     */
    static String write(Path state, InetSocketAddress admin, Path token) throws CommandFailure {
        String host = admin.getAddress() == null || admin.getAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : IpText.of(admin.getAddress());
        String address = HostPort.of(host, admin.getPort());
        JsonObject content = new JsonObject()
                .put("address", address)
                .put("token", token.toAbsolutePath().toString())
                .put("pid", ProcessHandle.current().pid())
                .put("started", startOf(ProcessHandle.current()));
        try (StateFolder folder = StateFolder.open(state)) {
            String owner = ownerOf(state.resolve(NAME));
            if (owner.isEmpty()) {
                folder.write(NAME, content.encode() + "\n");
            }
            return owner;
        } catch (StartFailure e) {
            throw new CommandFailure(Exit.FAILED, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new CommandFailure(
                    Exit.FAILED, "the state folder " + state + " cannot be written: " + FileFaults.of(e));
        }
    }

    /** The other process that has written a file and still runs, in words, or empty. */
    private static String ownerOf(Path file) throws IOException {
        if (!Files.exists(file)) {
            return "";
        }
        try {
            JsonObject content = new JsonObject(Files.readString(file));
            long pid = content.getLong("pid", 0L);
            // The number may be another process's by now.
            boolean runs = pid != ProcessHandle.current().pid()
                    && ProcessHandle.of(pid)
                            .filter(ProcessHandle::isAlive)
                            .filter(process -> startOf(process) == content.getLong("started", 0L))
                            .isPresent();
            return runs ? "pid " + pid + ", admin " + content.getString("address", "") : "";
        } catch (DecodeException | ClassCastException _) {
            return "";
        }
    }

    /** When a process began, in milliseconds since 1970, or 0 where the system does not say. */
    private static long startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    /** Removes the file where it is this process's. */
    static void remove(Path state) {
        Path file = state.resolve(NAME);
        try {
            JsonObject content = new JsonObject(Files.readString(file));
            if (content.getLong("pid", 0L) == ProcessHandle.current().pid()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | DecodeException | ClassCastException _) {
            // It is gone, or another's: nothing of ours is left either way.
        }
    }

    /**
     * The nodes that have left word in a folder: the first that a command means, and further ones of its farm on this machine.
     *
     * @throws CommandFailure where there is none
     */
    static List<AdminFile> readAll(Path state) throws CommandFailure {
        List<AdminFile> all = new ArrayList<>();
        for (Path folder : DemoFarm.folders(state)) {
            AdminFile node = read(folder);
            if (node != null) {
                all.add(node);
            }
        }
        if (all.isEmpty()) {
            throw new CommandFailure(
                    Exit.FAILED,
                    "no node runs with the state folder " + state
                            + "; start one with 'culvert up', or 'culvert run' with --admin or a \"cluster\" section, or"
                            + " name its folder with --state");
        }
        return all;
    }

    /** The word in one folder, or null where there is none. */
    static @Nullable AdminFile read(Path state) throws CommandFailure {
        try {
            JsonObject content = new JsonObject(Files.readString(state.resolve(NAME)));
            return new AdminFile(content.getString("address", ""), Path.of(content.getString("token", "")));
        } catch (NoSuchFileException _) {
            return null;
        } catch (IOException e) {
            throw new CommandFailure(Exit.FAILED, state.resolve(NAME) + " cannot be read: " + FileFaults.reason(e));
        } catch (DecodeException | ClassCastException _) {
            throw new CommandFailure(Exit.FAILED, state.resolve(NAME) + " is not what a node of Culvert wrote there");
        }
    }
}
