package io.culvert.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A UDP server that sends every datagram back with each byte xored with 'c'. */
public final class UdpTarget implements AutoCloseable {
    private final DatagramSocket socket;
    private final AtomicInteger received = new AtomicInteger();
    private final Set<SocketAddress> clients = ConcurrentHashMap.newKeySet();

    /** Starts on a free port of 127.0.0.1. */
    public UdpTarget() {
        this(Ports.free());
    }

    /** Starts on a port of 127.0.0.1. */
    public UdpTarget(int port) {
        this(InetAddress.getLoopbackAddress(), port);
    }

    /** Starts on a port of an address. */
    public UdpTarget(InetAddress address, int port) {
        try {
            socket = new DatagramSocket(new InetSocketAddress(address, port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("udp-target-" + port).start(this::serve);
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** How many datagrams came. */
    public int received() {
        return received.get();
    }

    /** How many addresses the datagrams came from. */
    public int clients() {
        return clients.size();
    }

    private void serve() {
        byte[] block = new byte[65_535];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(block, block.length);
                socket.receive(packet);
                received.incrementAndGet();
                clients.add(packet.getSocketAddress());
                Payload.xor(block, packet.getLength(), Payload.XOR);
                socket.send(packet);
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
