package io.culvert.launcher.demo;

import io.culvert.launcher.StartFailure;
import io.culvert.model.IpText;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;

/** Finds ports that nobody listens on. */
final class FreePorts {
    /** Where ports for outgoing connections begin: a port from there may be taken at any moment. */
    static final int LIMIT = 32768;

    private final InetAddress host;
    private final Set<Integer> given;

    FreePorts(InetAddress host) {
        this(host, Set.of());
    }

    /** @param taken what is not to be given, whether somebody listens there yet or not */
    FreePorts(InetAddress host, Set<Integer> taken) {
        this.host = host;
        this.given = new HashSet<>(taken);
    }

    /** The wanted ports, each moved up to the next free one where it is taken; fails where a firm one is. */
    DemoPorts from(DemoPorts wanted) throws StartFailure {
        for (int port : wanted.firm()) {
            if (given.contains(port) || !isFree(port)) {
                throw new StartFailure("port " + port + " is taken on " + IpText.of(host));
            }
            given.add(port);
        }
        return new DemoPorts(
                of(wanted, wanted.socks()),
                of(wanted, wanted.http()),
                of(wanted, wanted.vmess()),
                of(wanted, wanted.vless()),
                of(wanted, wanted.admin()),
                wanted.firm());
    }

    private int of(DemoPorts wanted, int port) throws StartFailure {
        return wanted.firm().contains(port) ? port : next(port);
    }

    /** The first free port from the wanted one on, given out once. */
    int next(int wanted) throws StartFailure {
        for (int port = wanted; port < LIMIT; port++) {
            if (!given.contains(port) && isFree(port)) {
                given.add(port);
                return port;
            }
        }
        throw new StartFailure("no port from " + wanted + " to " + (LIMIT - 1) + " is free on " + IpText.of(host));
    }

    private boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
