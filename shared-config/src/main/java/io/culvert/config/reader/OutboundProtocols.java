package io.culvert.config.reader;

import io.culvert.config.Account;
import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.Blackhole;
import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.OutboundSettings.Freedom;
import io.culvert.config.OutboundSettings.ProxyServer;
import io.culvert.config.OutboundSettings.Unbuilt;
import io.culvert.config.OutboundSettings.Vless;
import io.culvert.config.OutboundSettings.VlessAccount;
import io.culvert.config.OutboundSettings.VlessServer;
import io.culvert.config.OutboundSettings.Vmess;
import io.culvert.config.OutboundSettings.VmessAccount;
import io.culvert.config.OutboundSettings.VmessSecurity;
import io.culvert.config.OutboundSettings.VmessServer;
import io.culvert.model.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The {@code settings} of each outbound protocol. */
final class OutboundProtocols {
    private static final List<String> PROTOCOLS = List.of(
            "freedom",
            "blackhole",
            "vmess",
            "vless",
            "socks",
            "http",
            "shadowsocks",
            "trojan",
            "mtproto",
            "dns",
            "loopback");
    private static final List<String> SECURITIES =
            List.of("auto", "aes-128-gcm", "chacha20-poly1305", "none", "zero", "aes-128-cfb");
    private static final List<String> STRATEGIES = List.of("AsIs", "UseIP", "UseIPv4", "UseIPv6");

    /** What Xray's freedom does or forbids beside: without it destinations would be reached that must not, or in another way. */
    private static final List<String> DECISIVE_ELSEWHERE = List.of("finalRules", "ipsBlocked", "proxyProtocol");

    private final Report report;
    private final UnbuiltProtocols unbuilt;

    OutboundProtocols(Report report) {
        this.report = report;
        this.unbuilt = new UnbuiltProtocols(report);
    }

    /**
     * Reads the settings.
     *
     * @param protocol V2Ray's or Xray's name, any case
     * @param where where the protocol is named
     */
    OutboundSettings read(String protocol, Spot where, Fields settings) {
        String name = protocol.toLowerCase(Locale.ROOT);
        OutboundSettings read = switch (name) {
            case "freedom", "direct" -> freedom(settings);
            case "blackhole", "block" -> blackhole(settings);
            case "vmess" -> vmess(settings);
            case "vless" -> vless(settings);
            case "socks" -> new OutboundSettings.Socks(proxies(settings));
            case "http" -> new OutboundSettings.Http(proxies(settings));
            case "shadowsocks" -> unbuilt(where, name, () -> unbuilt.shadowsocksOutbound(settings));
            case "trojan" -> unbuilt(where, name, () -> unbuilt.trojanOutbound(settings));
            case "mtproto" -> unbuilt(where, name, () -> {});
            case "dns" -> unbuilt(where, name, () -> unbuilt.dnsOutbound(settings));
            case "loopback" -> unbuilt(where, name, () -> settings.text("inboundTag"));
            default -> {
                report.error(
                        where,
                        "unknown config id: " + Words.quoted(protocol) + " is not an outbound protocol"
                                + Words.didYouMean(name, PROTOCOLS) + " (known: "
                                + String.join(", ", PROTOCOLS) + ")");
                yield new Unbuilt(name);
            }
        };
        if (PROTOCOLS.contains(name) || name.equals("direct") || name.equals("block")) {
            settings.finish();
        }
        return read;
    }

    private Unbuilt unbuilt(Spot where, String name, Runnable check) {
        report.unsupported(where, "the outbound protocol " + Words.quoted(name));
        check.run();
        return new Unbuilt(name);
    }

    private Freedom freedom(Fields settings) {
        DomainStrategy strategy = strategy(settings);
        int level = Level.read(settings, "userLevel");
        if (settings.number("timeout", 0, Fields.UINT32, 0) > 0 && level == 0) {
            report.warning(
                    settings.spotOf("timeout"),
                    "\"timeout\" is an old spelling without effect here; use \"connIdle\" of the policy level");
        }
        Address address = null;
        int port = 0;
        Json.Text redirect = settings.textNode("redirect");
        if (redirect != null && !redirect.value().isEmpty()) {
            HostPort parts = HostPort.split(redirect.value());
            port = parts == null ? -1 : Ports.port(parts.port());
            if (parts == null || port < 0) {
                report.error(
                        redirect.spot(),
                        "invalid redirect address: " + Words.quoted(redirect.value())
                                + "; expected \"host:port\" or \":port\"");
                port = 0;
            } else if (!parts.host().isEmpty()) {
                address = Hosts.dialled(new Json.Text(redirect.spot(), parts.host()), report);
            }
        }
        for (String elsewhere : DECISIVE_ELSEWHERE) {
            if (settings.asks(elsewhere)) {
                report.unsupported(settings.spotOf(elsewhere), Words.quoted(elsewhere) + " of freedom");
            }
        }
        return new Freedom(strategy, address, port, level, settings.flag("allowPrivate"));
    }

    private DomainStrategy strategy(Fields settings) {
        // The newer spelling is Xray's.
        String key = settings.has("domainStrategy") ? "domainStrategy" : "targetStrategy";
        String written = settings.text(key);
        String word = written.toLowerCase(Locale.ROOT);
        return switch (word) {
            case "", "asis", "as_is" -> DomainStrategy.AS_IS;
            case "useip", "use_ip" -> DomainStrategy.USE_IP;
            case "useip4", "useipv4", "use_ipv4", "use_ip_v4", "use_ip4" -> DomainStrategy.USE_IPV4;
            case "useip6", "useipv6", "use_ipv6", "use_ip_v6", "use_ip6" -> DomainStrategy.USE_IPV6;
            case "useipv4v6", "useipv6v4", "forceip", "forceipv4v6", "forceipv6v4" ->
                xrays(settings.spotOf(key), DomainStrategy.USE_IP, "UseIP");
            case "forceipv4" -> xrays(settings.spotOf(key), DomainStrategy.USE_IPV4, "UseIPv4");
            case "forceipv6" -> xrays(settings.spotOf(key), DomainStrategy.USE_IPV6, "UseIPv6");
            default -> {
                report.warning(
                        settings.spotOf(key),
                        Words.quoted(written) + " is not a strategy, \"AsIs\" is used"
                                + Words.didYouMean(written, STRATEGIES));
                yield DomainStrategy.AS_IS;
            }
        };
    }

    private DomainStrategy xrays(Spot where, DomainStrategy used, String word) {
        report.warning(where, "this strategy of Xray is read as " + Words.quoted(word));
        return used;
    }

    private Blackhole blackhole(Fields settings) {
        Fields response = settings.object("response");
        if (response == null) {
            return new Blackhole(false);
        }
        String type = response.textOrNull("type");
        List<String> types = List.of("none", "http");
        if (type == null || !types.contains(type.toLowerCase(Locale.ROOT))) {
            report.error(
                    response.spotOf("type"),
                    "Config: Failed to parse Blackhole response config: "
                            + (type == null
                                    ? "\"type\" is missing"
                                    : "unknown type " + Words.quoted(type) + Words.didYouMean(type, types))
                            + " (known: none, http)");
        }
        response.finish();
        return new Blackhole("http".equalsIgnoreCase(type));
    }

    private Vmess vmess(Fields settings) {
        List<VmessServer> servers = new ArrayList<>();
        List<Fields> receivers = receivers(settings, "vnext");
        if (receivers.isEmpty()) {
            report.error(settings.spotOf("vnext"), "0 VMess receiver configured: \"vnext\" is empty");
        }
        for (Fields receiver : receivers) {
            List<VmessAccount> users = new ArrayList<>();
            for (Fields user : users(settings, receiver, "0 user configured for VMess outbound: \"users\" is empty")) {
                VmessSecurity security = security(user);
                users.add(new VmessAccount(
                        UserIds.read(user, report),
                        (int) user.number("alterId", 0, Fields.UINT16, 0),
                        security,
                        Level.read(user, "level"),
                        user.text("email"),
                        VmessExperiments.read(user, security, report)));
                if (user != settings) {
                    user.finish();
                }
            }
            Address address = address(receiver, "address is not set in VMess outbound config");
            servers.add(new VmessServer(address, port(receiver), users));
            if (receiver != settings) {
                receiver.finish();
            }
        }
        return new Vmess(servers);
    }

    /** V2Ray takes every unknown word for "auto"; here only the one that was once documented. */
    private VmessSecurity security(Fields user) {
        String written = user.text("security");
        return switch (written.toLowerCase(Locale.ROOT)) {
            case "", "auto" -> VmessSecurity.AUTO;
            case "aes-128-gcm" -> VmessSecurity.AES_128_GCM;
            case "chacha20-poly1305" -> VmessSecurity.CHACHA20_POLY1305;
            case "none" -> VmessSecurity.NONE;
            case "zero" -> VmessSecurity.ZERO;
            case "aes-128-cfb" -> {
                report.warning(user.spotOf("security"), "\"aes-128-cfb\" means \"auto\" since V2Ray 4.20");
                yield VmessSecurity.AUTO;
            }
            default -> {
                report.error(
                        user.spotOf("security"),
                        Words.quoted(written) + " is not a cipher of VMess; V2Ray would take it for \"auto\""
                                + Words.didYouMean(written, SECURITIES) + " (known: " + String.join(", ", SECURITIES)
                                + ")");
                yield VmessSecurity.AUTO;
            }
        };
    }

    private Vless vless(Fields settings) {
        List<VlessServer> servers = new ArrayList<>();
        List<Fields> receivers = receivers(settings, "vnext");
        if (receivers.isEmpty()) {
            report.error(settings.spotOf("vnext"), "VLESS settings: \"vnext\" is empty");
        }
        for (Fields receiver : receivers) {
            List<VlessAccount> users = new ArrayList<>();
            for (Fields user : users(settings, receiver, "VLESS vnext: \"users\" is empty")) {
                users.add(new VlessAccount(UserIds.read(user, report), Level.read(user, "level"), user.text("email")));
                if (!user.text("encryption").equals("none")) {
                    report.error(
                            user.spotOf("encryption"),
                            "VLESS users: please add/set \"encryption\":\"none\" for every user");
                }
                VlessFlow.check(user, report);
                if (user != settings) {
                    user.finish();
                }
            }
            Address address = address(receiver, "VLESS vnext: \"address\" is not set");
            servers.add(new VlessServer(address, port(receiver), users));
            if (receiver != settings) {
                receiver.finish();
            }
        }
        return new Vless(servers);
    }

    private static Account account(Fields user) {
        return new Account(user.text("user"), user.text("pass"), Level.read(user, "level"));
    }

    private List<ProxyServer> proxies(Fields settings) {
        List<ProxyServer> servers = new ArrayList<>();
        List<Fields> receivers = receivers(settings, "servers");
        if (receivers.isEmpty()) {
            report.error(settings.spotOf("servers"), "0 target server: \"servers\" is empty");
        }
        for (Fields receiver : receivers) {
            List<Account> users = new ArrayList<>();
            boolean flat = receiver == settings;
            if (flat && settings.has("user")) {
                users.add(account(settings));
            }
            for (Fields user : flat ? List.<Fields>of() : receiver.objects("users")) {
                users.add(account(user));
                user.withoutEffect("email");
                user.finish();
            }
            if (flat) {
                settings.know("user", "pass", "level");
                settings.withoutEffect("email");
            }
            servers.add(
                    new ProxyServer(address(receiver, "the server's \"address\" is not set"), port(receiver), users));
            if (!flat) {
                receiver.finish();
            }
        }
        return servers;
    }

    /** The servers of a list; or, as Xray takes it, one server whose fields stand in the settings themselves. */
    private static List<Fields> receivers(Fields settings, String key) {
        return !settings.has(key) && settings.has("address") ? List.of(settings) : settings.objects(key);
    }

    private List<Fields> users(Fields settings, Fields receiver, String whenNone) {
        if (receiver == settings) {
            return List.of(settings);
        }
        List<Fields> users = receiver.objects("users");
        if (users.isEmpty()) {
            report.error(receiver.spotOf("users"), whenNone);
        }
        return users;
    }

    private Address address(Fields receiver, String whenNone) {
        Json.Text text = receiver.textNode("address");
        if (text != null) {
            return Hosts.dialled(text, report);
        }
        report.error(receiver.spotOf("address"), whenNone);
        return new Address.Domain("invalid");
    }

    private int port(Fields receiver) {
        int port = (int) receiver.number("port", 0, Fields.UINT16, 0);
        Json value = receiver.value("port");
        if (value == null || (value instanceof Json.Num && port == 0)) {
            report.warning(receiver.spotOf("port"), "without a \"port\" above 0 this server cannot be reached");
        }
        return port;
    }
}
