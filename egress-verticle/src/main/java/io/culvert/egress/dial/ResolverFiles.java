package io.culvert.egress.dial;

import io.culvert.model.Address;
import io.netty.resolver.HostsFileEntriesProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a system's files say of names: {@code resolv.conf} (resolv.conf(5): name servers, search list, {@code ndots}) and
 * {@code hosts}. Reading them blocks.
 */
final class ResolverFiles implements Names.Source {
    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
    private static final Path HOSTS = Path.of("/etc/hosts");
    private static final int DNS_PORT = 53;

    /** More labels in front of a name's last than these are in no name. */
    private static final int MAX_NDOTS = 15;

    private final Path resolvConf;
    private final Path hosts;
    private final int port;

    ResolverFiles() {
        this(RESOLV_CONF, HOSTS, DNS_PORT);
    }

    /** @param port of the name servers */
    ResolverFiles(Path resolvConf, Path hosts, int port) {
        this.resolvConf = resolvConf;
        this.hosts = hosts;
        this.port = port;
    }

    /**
     * What they say.
     *
     * @param servers whom to ask
     * @param search what is put behind names, in this order
     * @param ndots names with so many dots are asked for as they are first
     * @param hosts addresses by name, in lower case
     */
    record Content(
            DnsServerAddressStreamProvider servers, List<String> search, int ndots, HostsFileEntriesProvider hosts) {

        /** The addresses that the hosts file has for a name, IPv4 first; empty for none. */
        List<InetAddress> inHosts(String name) {
            String lower = name.toLowerCase(Locale.ROOT);
            List<InetAddress> found = new ArrayList<>();
            found.addAll(hosts.ipv4Entries().getOrDefault(lower, List.of()));
            found.addAll(hosts.ipv6Entries().getOrDefault(lower, List.of()));
            return found;
        }
    }

    @Override
    public List<Object> stamp() {
        return List.of(stamp(resolvConf), stamp(hosts));
    }

    private static Object stamp(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return List.of(found.lastModifiedTime(), found.size(), String.valueOf(found.fileKey()));
        } catch (IOException _) {
            return "absent";
        }
    }

    @Override
    public Content read() {
        HostsFileEntriesProvider known =
                HostsFileEntriesProvider.parser().parseSilently(hosts.toFile(), StandardCharsets.UTF_8);
        try {
            return resolvConf(new String(Files.readAllBytes(resolvConf), StandardCharsets.ISO_8859_1), known);
        } catch (IOException _) {
            return new Content(DnsServerAddressStreamProviders.platformDefault(), List.of(), 1, known);
        }
    }

    private Content resolvConf(String text, HostsFileEntriesProvider hosts) {
        List<InetSocketAddress> servers = new ArrayList<>();
        List<String> search = List.of();
        int ndots = 1;
        for (String line : text.lines().toList()) {
            String[] words = line.strip().split("\\s+", -1);
            switch (words[0]) {
                case "nameserver" -> {
                    InetAddress server = words.length > 1 ? literal(words[1]) : null;
                    if (server != null) {
                        servers.add(new InetSocketAddress(server, port));
                    }
                }
                // The last of them counts.
                case "search", "domain" -> search = List.of(words).subList(1, words.length);
                case "options" -> ndots = ndots(words, ndots);
                default -> {}
            }
        }
        return new Content(new SequentialDnsServerAddressStreamProvider(orLocal(servers)), search, ndots, hosts);
    }

    /** Where no server is named it is the one of this host. */
    private List<InetSocketAddress> orLocal(List<InetSocketAddress> servers) {
        return servers.isEmpty() ? List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)) : servers;
    }

    private static @Nullable InetAddress literal(String text) {
        Address.Ip plain = Address.literal(text);
        if (plain != null) {
            return plain.value();
        }
        try {
            return InetAddress.ofLiteral(text); // with a zone: fe80::1%eth0
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static int ndots(String[] options, int before) {
        for (String option : options) {
            if (option.matches("ndots:\\d{1,3}")) {
                return Math.min(MAX_NDOTS, Integer.parseInt(option.substring("ndots:".length())));
            }
        }
        return before;
    }
}
