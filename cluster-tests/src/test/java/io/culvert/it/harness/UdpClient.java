package io.culvert.it.harness;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Datagrams to a port that forwards them, or through a SOCKS5 association. */
public final class UdpClient implements AutoCloseable {
    /** The first answer waits for the handshakes of a transport, on a machine that has many of them to make at once. */
    private static final int ANSWER_WITHIN_MILLIS = 20_000;

    private final DatagramSocket socket;
    private final InetSocketAddress peer;
    private final byte[] prefix;
    private final @Nullable Socket association;

    private UdpClient(InetSocketAddress peer, byte[] prefix, @Nullable Socket association) throws IOException {
        this.socket = new DatagramSocket();
        this.peer = peer;
        this.prefix = prefix;
        this.association = association;
        socket.setSoTimeout(ANSWER_WITHIN_MILLIS);
    }

    /** Straight to a port of 127.0.0.1. */
    public static UdpClient to(int port) {
        try {
            return new UdpClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), new byte[0], null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Straight to an address; answers from any other are not heard. */
    public static UdpClient onlyTo(InetSocketAddress peer) throws IOException {
        UdpClient client = new UdpClient(peer, new byte[0], null);
        client.socket.connect(peer);
        return client;
    }

    /** Through a SOCKS5 proxy on 127.0.0.1; the association lives until this is closed. */
    public static UdpClient socks5(int proxyPort, String host, int port, Clients.@Nullable Login login)
            throws IOException {
        Socket control = Clients.connect(proxyPort);
        try {
            Clients.socks5Method(control, login);
            InetSocketAddress bound = Clients.socks5Request(control, 3, "0.0.0.0", 0);
            ByteArrayOutputStream prefix = new ByteArrayOutputStream();
            prefix.write(new byte[3]);
            prefix.write(Clients.socksAddress(host, port));
            return new UdpClient(bound, prefix.toByteArray(), control);
        } catch (IOException e) {
            control.close();
            throw e;
        }
    }

    /** The TCP connection that keeps a SOCKS5 association alive. */
    public Socket association() {
        if (association == null) {
            throw new IllegalStateException("not a SOCKS5 client");
        }
        return association;
    }

    /** Sends a datagram and returns the payload of the next that comes, or null where none comes in time. */
    public byte @Nullable [] exchange(byte[] payload, int withinMillis) throws IOException {
        send(payload);
        socket.setSoTimeout(withinMillis);
        DatagramPacket answer = new DatagramPacket(new byte[65_535], 65_535);
        try {
            socket.receive(answer);
        } catch (SocketTimeoutException _) {
            return null;
        }
        return Arrays.copyOfRange(answer.getData(), prefix.length, answer.getLength());
    }

    /** Sends a datagram. */
    public void send(byte[] payload) throws IOException {
        byte[] whole = Arrays.copyOf(prefix, prefix.length + payload.length);
        System.arraycopy(payload, 0, whole, prefix.length, payload.length);
        socket.send(new DatagramPacket(whole, whole.length, peer));
    }

    /** Sends {@code count} datagrams of {@code size} bytes, one after the other, and fails unless each xored echo comes back. */
    public void expectXorEcho(int count, int size) throws IOException {
        for (int i = 0; i < count; i++) {
            byte[] payload = new Payload(size * 31L + i).bytes(0, size);
            byte[] answer = exchange(payload, ANSWER_WITHIN_MILLIS);
            if (answer == null) {
                throw new AssertionError("no answer to datagram " + i + " of " + size + " bytes");
            }
            Payload.xor(payload, size, Payload.XOR);
            if (!Arrays.equals(answer, payload)) {
                throw new AssertionError("wrong answer to datagram " + i + ": " + answer.length + " bytes");
            }
        }
    }

    @Override
    public void close() {
        socket.close();
        if (association != null) {
            try {
                association.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
