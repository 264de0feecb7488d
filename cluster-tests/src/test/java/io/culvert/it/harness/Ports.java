package io.culvert.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Free ports below the range from which the kernel takes source ports, so that no outgoing connection can sit on one between
 * the choice and the bind. A port is given out again only after {@value #REMEMBERED} others, and JVMs that run at the same time
 * keep to blocks of their own, each held by the lock on a file.
 */
public final class Ports {
    private static final int LOWEST = 10_000;
    private static final int BLOCK = 2_000;
    private static final int BLOCKS = 11;
    private static final String LISTENING = "0A";
    private static final String UNCONNECTED = "07";
    private static final int REMEMBERED = 800;
    /** The ports that were given out last, in their order. */
    private static final Set<Integer> GIVEN = new LinkedHashSet<>();

    private static final int FIRST = LOWEST + BLOCK * lockBlock();

    private Ports() {}

    /** The number of a block that no other JVM uses, from now to the end of this one. */
    private static int lockBlock() {
        int offset = ThreadLocalRandom.current().nextInt(BLOCKS);
        try {
            for (int i = 0; i < BLOCKS; i++) {
                int block = (offset + i) % BLOCKS;
                Path file = Path.of(System.getProperty("java.io.tmpdir"), "culvert-it-ports-" + block + ".lock");
                FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (channel.tryLock() != null) {
                    return block;
                }
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException(BLOCKS + " runs use all ports between them");
    }

    /** A port that is free for TCP and UDP on both loopback addresses. */
    public static int free() {
        return freeRange(1);
    }

    /** The first of {@code count} neighbouring free ports. */
    public static synchronized int freeRange(int count) {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(FIRST, FIRST + BLOCK - count);
            if (allFree(first, count)) {
                for (int port = first; port < first + count; port++) {
                    give(port);
                }
                return first;
            }
        }
        throw new IllegalStateException("no " + count + " free ports from " + FIRST + " on");
    }

    private static void give(int port) {
        GIVEN.add(port);
        if (GIVEN.size() > REMEMBERED) {
            Iterator<Integer> oldest = GIVEN.iterator();
            oldest.next();
            oldest.remove();
        }
    }

    private static boolean allFree(int first, int count) {
        for (int port = first; port < first + count; port++) {
            if (GIVEN.contains(port) || !isFree(port)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFree(int port) {
        try (ServerSocket any = new ServerSocket();
                DatagramSocket datagrams = new DatagramSocket(new InetSocketAddress(port))) {
            any.bind(new InetSocketAddress(port));
            return any.isBound() && datagrams.isBound();
        } catch (IOException _) {
            return false;
        }
    }

    /**
     * The TCP ports on which something listens on this machine. The kernel's table is read instead of connecting: a connection
     * would itself be a session of the node that is asked.
     */
    public static Set<Integer> listening() {
        return ports(List.of("tcp", "tcp6"), LISTENING);
    }

    /** The UDP ports that are bound on this machine, and not connected. */
    static Set<Integer> bound() {
        return ports(List.of("udp", "udp6"), UNCONNECTED);
    }

    /** The names of the abstract unix sockets of this machine, without what they are padded with. */
    static Set<String> abstractSockets() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/net/unix"))) {
            return lines.map(line -> line.substring(line.lastIndexOf(' ') + 1))
                    .filter(name -> name.startsWith("@"))
                    .map(name -> name.replaceAll("^@+|@+$", ""))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<Integer> ports(List<String> tables, String state) {
        Set<Integer> ports = new HashSet<>();
        for (String table : tables) {
            try (Stream<String> lines = Files.lines(Path.of("/proc/net", table))) {
                lines.map(line -> line.strip().split("\\s+"))
                        .filter(columns -> columns[3].equals(state))
                        .forEach(columns -> ports.add(port(columns[1])));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return ports;
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
    }
}
