package io.culvert.launcher.demo;

import io.culvert.launcher.files.DurableFile;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes of a state folder run: each has a folder of its own in which it holds a lock until its process ends, however that
 * ends, and leaves word of the ports that it has taken. Read and written while the state folder is locked.
 */
final class RunningNodes {
    private static final String LOCK = "running";
    private static final String WORD = "ports.json";

    private RunningNodes() {}

    /**
     * A node that runs.
     *
     * @param address where others join it
     * @param ports all that it listens on, or is about to
     */
    record Running(String address, Set<Integer> ports) {
        Running {
            ports = Set.copyOf(ports);
        }
    }

    /** The lock that says that a node of this folder runs, or null where one does. */
    static @Nullable FileLock lock(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException _) {
            // Held by another node of this process.
        }
        if (lock == null) {
            channel.close();
        }
        return lock;
    }

    /** Those of several nodes' folders that run. */
    static List<Running> among(Collection<Path> folders) throws IOException {
        List<Running> all = new ArrayList<>();
        for (Path folder : folders) {
            if (Files.exists(folder.resolve(LOCK)) && runs(folder)) {
                Running running = read(folder.resolve(WORD));
                if (running != null) {
                    all.add(running);
                }
            }
        }
        return all;
    }

    private static boolean runs(Path folder) throws IOException {
        FileLock lock = lock(folder);
        if (lock != null) {
            lock.acquiredBy().close();
        }
        return lock == null;
    }

    /** Leaves word for the node of a folder. */
    static void tell(Path folder, Running node) throws IOException {
        JsonObject word =
                new JsonObject().put("address", node.address()).put("ports", new JsonArray(List.copyOf(node.ports())));
        DurableFile.write(folder.resolve(WORD), word.encode() + "\n");
    }

    /** Null where it is not there, or is of another version. */
    private static @Nullable Running read(Path word) throws IOException {
        if (!Files.exists(word)) {
            return null;
        }
        try {
            JsonObject said = new JsonObject(Files.readString(word));
            Set<Integer> ports = new HashSet<>();
            for (Object port : said.getJsonArray("ports", new JsonArray())) {
                if (port instanceof Integer number) {
                    ports.add(number);
                }
            }
            return said.getValue("address") instanceof String address ? new Running(address, ports) : null;
        } catch (DecodeException | ClassCastException _) {
            return null;
        }
    }
}
