package io.culvert.config.reader;

import io.culvert.config.Account;
import io.culvert.config.InboundSettings;
import io.culvert.config.InboundSettings.Dokodemo;
import io.culvert.config.InboundSettings.Http;
import io.culvert.config.InboundSettings.Socks;
import io.culvert.config.InboundSettings.Unbuilt;
import io.culvert.config.InboundSettings.Vless;
import io.culvert.config.InboundSettings.VlessUser;
import io.culvert.config.InboundSettings.Vmess;
import io.culvert.config.InboundSettings.VmessUser;
import io.culvert.model.Address;
import io.culvert.model.Network;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The {@code settings} of each inbound protocol. */
final class InboundProtocols {
    private static final List<String> PROTOCOLS =
            List.of("dokodemo-door", "socks", "http", "vmess", "vless", "shadowsocks", "trojan", "mtproto");
    private static final List<String> AUTHS = List.of("noauth", "password");

    private final Report report;
    private final UnbuiltProtocols unbuilt;

    InboundProtocols(Report report) {
        this.report = report;
        this.unbuilt = new UnbuiltProtocols(report);
    }

    /**
     * Reads the settings.
     *
     * @param protocol V2Ray's or Xray's name, any case
     * @param where where the protocol is named
     */
    InboundSettings read(String protocol, Spot where, Fields settings) {
        String name = protocol.toLowerCase(Locale.ROOT);
        InboundSettings read = switch (name) {
            case "dokodemo-door", "tunnel" -> dokodemo(settings);
            case "socks" -> socks(settings);
            case "mixed" -> {
                report.warning(where, "\"mixed\" is read as \"socks\": HTTP clients are not served on this port");
                yield socks(settings);
            }
            case "http" -> http(settings);
            case "vmess" -> vmess(settings);
            case "vless" -> vless(settings);
            case "shadowsocks" -> unbuilt(where, name, () -> unbuilt.shadowsocksInbound(settings));
            case "trojan" -> unbuilt(where, name, () -> unbuilt.trojanInbound(settings));
            case "mtproto" -> unbuilt(where, name, () -> unbuilt.mtprotoInbound(settings));
            default -> {
                report.error(
                        where,
                        "unknown config id: " + Words.quoted(protocol) + " is not an inbound protocol"
                                + Words.didYouMean(name, PROTOCOLS) + " (known: "
                                + String.join(", ", PROTOCOLS) + ")");
                yield new Unbuilt(name);
            }
        };
        if (PROTOCOLS.contains(name) || name.equals("tunnel") || name.equals("mixed")) {
            settings.finish();
        }
        return read;
    }

    private Unbuilt unbuilt(Spot where, String name, Runnable check) {
        report.unsupported(where, "the inbound protocol " + Words.quoted(name));
        check.run();
        return new Unbuilt(name);
    }

    private Dokodemo dokodemo(Fields settings) {
        Json.Text host = settings.textNode("address");
        if (host == null) {
            host = settings.textNode("rewriteAddress");
        }
        Address address = host == null ? null : Hosts.dialled(host, report);
        int port = (int) settings.number("port", 0, Fields.UINT16, 0);
        if (!settings.has("port")) {
            port = (int) settings.number("rewritePort", 0, Fields.UINT16, 0);
        }
        settings.beside("address", "rewriteAddress");
        settings.beside("port", "rewritePort");
        String networks = settings.has("network") ? "network" : "allowedNetwork";
        Set<Network> read = Networks.read(settings, networks, report);
        if (settings.has(networks) && settings.texts(networks).isEmpty()) {
            report.error(settings.spotOf(networks), "no network specified; expected \"tcp\", \"udp\" or \"tcp,udp\"");
        }
        boolean follow = settings.flag("followRedirect");
        if (!follow && (address == null || port == 0)) {
            report.warning(
                    settings.spot(),
                    "without \"address\" and \"port\" there is no destination, and every session is closed");
        }
        if (settings.has("portMap")) {
            report.unsupported(settings.spotOf("portMap"), "\"portMap\"");
        }
        int level = Level.read(settings, "userLevel");
        timeout(settings, level);
        return new Dokodemo(address, port, settings.has(networks) ? read : Set.of(Network.TCP), follow, level);
    }

    private Socks socks(Fields settings) {
        List<Account> accounts = Users.accounts(settings, report);
        boolean password = auth(settings, accounts);
        if (password && accounts.isEmpty()) {
            report.warning(settings.spotOf("auth"), "\"password\" without \"accounts\": nobody is let in");
        } else if (!password && !accounts.isEmpty()) {
            report.warning(
                    settings.spotOf("accounts"),
                    "without \"auth\": \"password\" the accounts have no effect: all are let in");
        }
        Json.Text ip = settings.textNode("ip");
        Address udpAddress = ip == null ? null : Hosts.parse(ip.value());
        if (ip != null && udpAddress == null && !ip.value().isEmpty()) {
            report.warning(ip.spot(), "neither an IP address nor a domain; the listening address is used");
        }
        int level = Level.read(settings, "userLevel");
        timeout(settings, level);
        return new Socks(password, accounts, settings.flag("udp"), udpAddress, level, open(settings));
    }

    /** V2Ray takes an unknown word for "noauth"; that would open a proxy that was meant to be closed. */
    private boolean auth(Fields settings, List<Account> accounts) {
        String word = settings.text("auth");
        if (word.equals("password") || word.isEmpty() || word.equals("noauth")) {
            return word.equals("password");
        }
        String near = Words.didYouMean(word, AUTHS);
        if (!accounts.isEmpty() || near.contains("password")) {
            report.error(
                    settings.spotOf("auth"),
                    Words.quoted(word) + " is not a method of authentication; V2Ray would let everybody in" + near);
        } else {
            report.warning(
                    settings.spotOf("auth"),
                    Words.quoted(word) + " is not a method of authentication, \"noauth\" is used" + near);
        }
        return false;
    }

    private Http http(Fields settings) {
        int level = Level.read(settings, "userLevel");
        timeout(settings, level);
        return new Http(Users.accounts(settings, report), settings.flag("allowTransparent"), level, open(settings));
    }

    private static boolean open(Fields settings) {
        boolean open = settings.flag("openProxy");
        return settings.flag("allowInsecure") || open;
    }

    /** The old spelling of connIdle: superseded by the policy since V2Ray 3. */
    private void timeout(Fields settings, int level) {
        if (settings.number("timeout", 0, Fields.UINT32, 0) > 0 && level == 0) {
            report.warning(
                    settings.spotOf("timeout"),
                    "\"timeout\" is an old spelling without effect here; use \"connIdle\" of the policy level");
        }
    }

    private Vmess vmess(Fields settings) {
        List<VmessUser> users = new ArrayList<>();
        Users rules = new Users(report);
        for (Fields one : Users.of(settings)) {
            users.add(new VmessUser(
                    rules.id(one),
                    (int) one.number("alterId", 0, Fields.UINT16, 0),
                    Level.read(one, "level"),
                    rules.email(one)));
            one.know("security"); // only a client chooses
            one.finish();
        }
        detour(settings);
        return new Vmess(users, settings.flag("disableInsecureEncryption"));
    }

    private void detour(Fields settings) {
        Fields detour = settings.object("detour");
        Fields features = settings.object("features");
        if (features != null) {
            Fields old = features.object("detour");
            if (detour == null) {
                detour = old;
            } else if (old != null) {
                report.warning(old.spot(), "\"detour\" of the settings is given too, and it alone counts");
                old.text("to");
                old.finish();
            }
            features.finish();
        }
        if (detour != null) {
            if (!detour.text("to").isEmpty()) {
                report.unsupported(detour.spot(), "a detour to another inbound");
            }
            detour.finish();
        }
        Fields defaults = settings.object("default");
        if (defaults != null) {
            defaults.number("alterId", 0, Fields.UINT16, 0);
            defaults.number("level", 0, Fields.BYTE, 0);
            defaults.finish();
        }
    }

    private Vless vless(Fields settings) {
        List<VlessUser> users = new ArrayList<>();
        Users rules = new Users(report);
        for (Fields one : Users.of(settings)) {
            users.add(new VlessUser(rules.id(one), Level.read(one, "level"), rules.email(one)));
            if (!one.text("encryption").isEmpty()) {
                report.error(
                        one.spotOf("encryption"),
                        "VLESS clients: \"encryption\" should not in inbound settings; remove it");
            }
            VlessFlow.check(one, report);
            one.finish();
        }
        if (!settings.text("decryption").equals("none")) {
            report.error(
                    settings.spotOf("decryption"),
                    "VLESS settings: please add/set \"decryption\":\"none\" to every settings");
        }
        Fallbacks.check(settings, "VLESS", report);
        return new Vless(users, open(settings));
    }

    /** Reads network lists. */
    static final class Networks {
        private Networks() {}

        /** The networks that a list names; V2Ray never matches an unknown one. */
        static Set<Network> read(Fields fields, String key, Report report) {
            Set<Network> networks = EnumSet.noneOf(Network.class);
            for (Json.Text one : fields.texts(key)) {
                Network network = network(one.value());
                if (network != null) {
                    networks.add(network);
                } else if (!one.value().equalsIgnoreCase("unix")) {
                    report.warning(
                            one.spot(),
                            Words.quoted(one.value()) + " is not a network and matches nothing"
                                    + Words.didYouMean(one.value(), List.of("tcp", "udp")));
                }
            }
            return networks;
        }

        private static @Nullable Network network(String word) {
            return switch (word.toLowerCase(Locale.ROOT)) {
                case "tcp" -> Network.TCP;
                case "udp" -> Network.UDP;
                default -> null;
            };
        }
    }
}
