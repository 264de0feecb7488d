package io.culvert.it.harness;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Small clients of the proxy protocols that applications speak. Every socket has its read timeout set. */
public final class Clients {
    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
    private static final int READ_TIMEOUT_MILLIS = 20_000;

    private Clients() {}

    /** @param name at most 255 ASCII characters */
    public record Login(String name, String password) {}

    /** A connection without any proxy protocol. */
    public static Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(address, CONNECT_TIMEOUT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(READ_TIMEOUT_MILLIS);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** A connection to a port of 127.0.0.1. */
    public static Socket connect(int port) throws IOException {
        return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Whether a byte that is sent to an address is answered by any other, and not by the end of the connection. */
    public static boolean answered(InetSocketAddress address) throws IOException {
        try (Socket socket = connect(address)) {
            socket.getOutputStream().write('x');
            return socket.getInputStream().read() >= 0;
        } catch (SocketException _) {
            return false; // reset, as a session ends that cannot be opened
        }
    }

    /**
     * A SOCKS5 CONNECT by domain or IPv4 text.
     *
     * @throws ConnectException where the proxy refuses the login or the request
     */
    public static Socket socks5(int proxyPort, String host, int port, @Nullable Login login) throws IOException {
        return socks5(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxyPort), host, port, login);
    }

    /** {@link #socks5(int, String, int, Login)} by a proxy on any address. */
    public static Socket socks5(InetSocketAddress proxy, String host, int port, @Nullable Login login)
            throws IOException {
        Socket socket = connect(proxy);
        try {
            socks5Method(socket, login);
            socks5Request(socket, 1, host, port);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** A SOCKS4 CONNECT to an IPv4 address, or a SOCKS4a CONNECT to a domain. */
    public static Socket socks4(int proxyPort, String host, int port) throws IOException {
        Socket socket = connect(proxyPort);
        try {
            boolean numeric = Character.isDigit(host.charAt(0));
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.write(new byte[] {4, 1, (byte) (port >> 8), (byte) port});
            request.write(numeric ? InetAddress.ofLiteral(host).getAddress() : new byte[] {0, 0, 0, 1});
            request.write(0);
            if (!numeric) {
                request.write(host.getBytes(StandardCharsets.US_ASCII));
                request.write(0);
            }
            socket.getOutputStream().write(request.toByteArray());
            byte[] answer = exactly(socket.getInputStream(), 8);
            if (answer[1] != 0x5A) {
                throw new ConnectException("SOCKS4 answer " + answer[1]);
            }
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * An HTTP CONNECT.
     *
     * @throws ConnectException with the status line where the answer is not 200
     */
    public static Socket httpConnect(int proxyPort, String host, int port, @Nullable Login login) throws IOException {
        Socket socket = connect(proxyPort);
        try {
            StringBuilder head =
                    new StringBuilder("CONNECT %1$s:%2$d HTTP/1.1\r\nHost: %1$s:%2$d\r\n".formatted(host, port));
            if (login != null) {
                byte[] plain = (login.name() + ":" + login.password()).getBytes(StandardCharsets.UTF_8);
                head.append("Proxy-Authorization: Basic ")
                        .append(Base64.getEncoder().encodeToString(plain))
                        .append("\r\n");
            }
            socket.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
            String answer = httpHead(socket.getInputStream());
            if (!answer.startsWith("HTTP/1.1 200 ")) {
                throw new ConnectException(answer.lines().findFirst().orElse("no status line"));
            }
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Agrees on a SOCKS5 method, and logs in where a login is given. */
    static void socks5Method(Socket socket, @Nullable Login login) throws IOException {
        socket.getOutputStream().write(new byte[] {5, 1, (byte) (login == null ? 0 : 2)});
        byte[] method = exactly(socket.getInputStream(), 2);
        if (method[1] == (byte) 0xFF) {
            throw new ConnectException("no acceptable SOCKS5 method");
        }
        if (login == null) {
            return;
        }
        byte[] name = login.name().getBytes(StandardCharsets.UTF_8);
        byte[] password = login.password().getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(1);
        request.write(name.length);
        request.write(name);
        request.write(password.length);
        request.write(password);
        socket.getOutputStream().write(request.toByteArray());
        if (exactly(socket.getInputStream(), 2)[1] != 0) {
            throw new ConnectException("SOCKS5 login refused");
        }
    }

    /** Sends a SOCKS5 request and returns the bound address of the answer. */
    static InetSocketAddress socks5Request(Socket socket, int command, String host, int port) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(new byte[] {5, (byte) command, 0});
        request.write(socksAddress(host, port));
        socket.getOutputStream().write(request.toByteArray());
        InputStream in = socket.getInputStream();
        byte[] answer = exactly(in, 4);
        if (answer[1] != 0) {
            throw new ConnectException("SOCKS5 answer " + answer[1]);
        }
        InetAddress bound = InetAddress.getByAddress(exactly(in, answer[3] == 4 ? 16 : 4));
        byte[] boundPort = exactly(in, 2);
        return new InetSocketAddress(bound, ((boundPort[0] & 0xFF) << 8) | (boundPort[1] & 0xFF));
    }

    /** An address in SOCKS5 form: IPv4 and IPv6 text as such, everything else as a domain. */
    static byte[] socksAddress(String host, int port) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || Character.isDigit(c))) {
            byte[] ip = InetAddress.ofLiteral(host).getAddress();
            out.write(ip.length == 4 ? 1 : 4);
            out.write(ip);
        } else {
            out.write(3);
            out.write(host.length());
            out.write(host.getBytes(StandardCharsets.US_ASCII));
        }
        out.write(port >> 8);
        out.write(port);
        return out.toByteArray();
    }

    /** Reads a head up to and with its empty line, and not a byte more. */
    public static String httpHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the stream ended in a head: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** Reads exactly that many bytes. */
    public static byte[] exactly(InputStream in, int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("the stream ended after " + bytes.length + " of " + count + " bytes");
        }
        return bytes;
    }
}
