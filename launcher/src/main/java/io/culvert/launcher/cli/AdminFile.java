package io.culvert.launcher.cli;

import io.culvert.files.FileFaults;
import io.culvert.launcher.HostPort;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.demo.StateFolder;
import io.culvert.model.IpText;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Where a running node's admin server is, in a file of mode 600 in its state folder: how commands find it.
 *
 * @param address {@code host:port}
 * @param token the file with its token
 */
record AdminFile(String address, Path token) {
    private static final String NAME = "admin.json";

    /** Writes the file. */
    static void write(Path state, InetSocketAddress admin, Path token) throws CommandFailure {
        String host = admin.getAddress() == null || admin.getAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : IpText.of(admin.getAddress());
        String address = HostPort.of(host, admin.getPort());
        JsonObject content = new JsonObject()
                .put("address", address)
                .put("token", token.toAbsolutePath().toString())
                .put("pid", ProcessHandle.current().pid());
        try (StateFolder folder = StateFolder.open(state)) {
            folder.write(NAME, content.encode() + "\n");
        } catch (StartFailure e) {
            throw new CommandFailure(Exit.FAILED, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new CommandFailure(
                    Exit.FAILED, "the state folder " + state + " cannot be written: " + FileFaults.of(e));
        }
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

    /** @throws CommandFailure where no node has left word in the folder */
    static AdminFile read(Path state) throws CommandFailure {
        try {
            JsonObject content = new JsonObject(Files.readString(state.resolve(NAME)));
            return new AdminFile(content.getString("address", ""), Path.of(content.getString("token", "")));
        } catch (NoSuchFileException _) {
            throw new CommandFailure(
                    Exit.FAILED,
                    "no node runs with the state folder " + state
                            + "; start one with 'culvert up', or 'culvert run' with --admin or a \"cluster\" section, or"
                            + " name its folder with --state");
        } catch (IOException e) {
            throw new CommandFailure(Exit.FAILED, state.resolve(NAME) + " cannot be read: " + FileFaults.reason(e));
        } catch (DecodeException | ClassCastException _) {
            throw new CommandFailure(Exit.FAILED, state.resolve(NAME) + " is not what a node of Culvert wrote there");
        }
    }
}
