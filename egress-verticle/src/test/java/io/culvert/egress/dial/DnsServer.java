package io.culvert.egress.dial;

import io.netty.resolver.HostsFileEntriesProvider;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A name server that answers what it is told to, with a time to live of 0. Names that it does not know do not exist. */
public final class DnsServer implements AutoCloseable {
    private static final int TYPE_A = 1;
    private static final int TYPE_AAAA = 28;
    private static final int NO_SUCH_NAME = 3;

    private final DatagramSocket socket;
    private final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();
    private final Map<String, Integer> failing = new ConcurrentHashMap<>();

    public DnsServer() throws IOException {
        this("127.0.0.1", 0);
    }

    /** @param port 0 for any that is free */
    public DnsServer(String ip, int port) throws IOException {
        socket = new DatagramSocket(port, InetAddress.ofLiteral(ip));
        Thread.ofVirtual().start(this::serve);
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /** Sets a name's addresses, IPv4 and IPv6 alike. */
    public DnsServer put(String name, String... addresses) {
        names.put(
                name + ".",
                java.util.Arrays.stream(addresses).map(DnsServer::literal).toList());
        return this;
    }

    /** Has a name answered with an error; less than 0 for no answer at all. */
    DnsServer fail(String name, int code) {
        failing.put(name + ".", code);
        return this;
    }

    /** This server as the only one that a system knows, without a hosts file. */
    Names.Source alone() {
        ResolverFiles.Content content = new ResolverFiles.Content(
                new SingletonDnsServerAddressStreamProvider(address()), List.of(), 1, emptyHosts());
        return new Names.Source() {
            @Override
            public List<Object> stamp() {
                return List.of();
            }

            @Override
            public ResolverFiles.Content read() {
                return content;
            }
        };
    }

    private static HostsFileEntriesProvider emptyHosts() {
        try {
            return HostsFileEntriesProvider.parser().parse(new StringReader(""));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static InetAddress literal(String text) {
        return InetAddress.ofLiteral(text);
    }

    private void serve() {
        byte[] buffer = new byte[1500];
        while (!socket.isClosed()) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            try {
                socket.receive(packet);
                byte[] answer = answer(buffer);
                if (answer.length == 0) {
                    continue;
                }
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (IOException e) {
                return;
            }
        }
    }

    private byte[] answer(byte[] query) {
        StringBuilder name = new StringBuilder();
        int at = 12;
        while (query[at] != 0) {
            name.append(new String(query, at + 1, query[at], StandardCharsets.US_ASCII))
                    .append('.');
            at += query[at] + 1;
        }
        int type = (query[at + 1] & 0xFF) << 8 | (query[at + 2] & 0xFF);
        int questionEnd = at + 5;
        List<InetAddress> known = names.get(name.toString());
        int code = failing.getOrDefault(name.toString(), known == null ? NO_SUCH_NAME : 0);
        if (code < 0) {
            return new byte[0];
        }
        int length = type == TYPE_A ? 4 : type == TYPE_AAAA ? 16 : -1;
        List<byte[]> found = known == null
                ? List.of()
                : known.stream()
                        .map(InetAddress::getAddress)
                        .filter(raw -> raw.length == length)
                        .toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(query, 0, 2);
        out.writeBytes(new byte[] {(byte) 0x81, (byte) (0x80 | code), 0, 1, 0, (byte) found.size(), 0, 0, 0, 0});
        out.write(query, 12, questionEnd - 12);
        for (byte[] raw : found) {
            out.writeBytes(new byte[] {(byte) 0xC0, 12, 0, (byte) type, 0, 1, 0, 0, 0, 0, 0, (byte) raw.length});
            out.writeBytes(raw);
        }
        return out.toByteArray();
    }

    @Override
    public void close() {
        socket.close();
    }
}
