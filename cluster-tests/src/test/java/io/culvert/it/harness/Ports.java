package io.culvert.it.harness;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free ports below the range from which the kernel takes source ports, so that no outgoing connection can sit on one between
 * the choice and the bind. No port is given out twice by one JVM.
 */
public final class Ports {
    private static final int LOWEST = 10_000;
    private static final int BEYOND = 32_000;
    private static final Set<Integer> GIVEN = new HashSet<>();

    private Ports() {}

    /** A port that is free for TCP and UDP on both loopback addresses. */
    public static int free() {
        return freeRange(1);
    }

    /** The first of {@code count} neighbouring free ports. */
    public static synchronized int freeRange(int count) {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(LOWEST, BEYOND - count);
            if (allFree(first, count)) {
                for (int port = first; port < first + count; port++) {
                    GIVEN.add(port);
                }
                return first;
            }
        }
        throw new IllegalStateException("no " + count + " free ports between " + LOWEST + " and " + BEYOND);
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

    /** Whether something listens for TCP on a port of an address. */
    public static boolean listens(InetAddress address, int port) {
        try (java.net.Socket probe = new java.net.Socket()) {
            probe.connect(new InetSocketAddress(address, port), 500);
            return true;
        } catch (SocketException | java.net.SocketTimeoutException _) {
            return false;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
