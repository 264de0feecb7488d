package io.culvert.config.reader;

import java.util.List;
import java.util.Locale;

/** Checks the settings of protocols that a later version brings, so that their faults show now. */
final class UnbuiltProtocols {
    private static final List<String> CIPHERS = List.of(
            "aes-128-gcm",
            "aes-256-gcm",
            "chacha20-poly1305",
            "chacha20-ietf-poly1305",
            "aead_aes_128_gcm",
            "aead_aes_256_gcm",
            "aead_chacha20_poly1305",
            "none",
            "plain");
    private static final int MTPROTO_SECRET_DIGITS = 32;

    private final Report report;

    UnbuiltProtocols(Report report) {
        this.report = report;
    }

    void shadowsocksInbound(Fields settings) {
        settings.flag("udp");
        settings.number("level", 0, Fields.BYTE, 0);
        settings.text("email");
        InboundProtocols.Networks.read(settings, "network", report);
        password(settings, "Shadowsocks password is not specified.");
        cipher(settings);
        settings.know("ota", "ivCheck");
    }

    void shadowsocksOutbound(Fields settings) {
        for (Fields server : servers(settings, "Shadowsocks")) {
            server(server, "Shadowsocks");
            password(server, "Shadowsocks password is not specified.");
            cipher(server);
            server.flag("ota");
            server.know("ivCheck", "uot");
            server.finish();
        }
    }

    void trojanInbound(Fields settings) {
        Users rules = new Users(report);
        for (Fields one : Users.of(settings)) {
            one.text("password");
            one.number("level", 0, Fields.BYTE, 0);
            rules.email(one);
            VlessFlow.check(one, report);
            one.finish();
        }
        Fallbacks.check(settings, "Trojan", report);
    }

    void trojanOutbound(Fields settings) {
        for (Fields server : servers(settings, "Trojan")) {
            server(server, "Trojan");
            password(server, "Trojan password is not specified.");
            VlessFlow.check(server, report);
            server.finish();
        }
    }

    void mtprotoInbound(Fields settings) {
        List<Fields> users = settings.objects("users");
        if (users.isEmpty()) {
            report.error(settings.spotOf("users"), "zero MTProto users configured.");
        }
        for (Fields one : users) {
            String secret = one.text("secret");
            boolean hex = secret.chars().allMatch(c -> c <= 'f' && Character.digit(c, 16) >= 0);
            if (secret.length() != MTPROTO_SECRET_DIGITS || !hex) {
                report.error(one.spotOf("secret"), "MTProto secret must have 32 chars, all hexadecimal digits");
            }
            Level.read(one, "level");
            one.text("email");
            one.finish();
        }
    }

    void dnsOutbound(Fields settings) {
        settings.text("network");
        settings.text("address");
        settings.number("port", 0, Fields.UINT16, 0);
        settings.know("userLevel", "nonIPQuery", "blockTypes");
    }

    private List<Fields> servers(Fields settings, String name) {
        if (!settings.has("servers") && settings.has("address")) {
            return List.of(settings); // Xray's flat form
        }
        List<Fields> servers = settings.objects("servers");
        if (servers.isEmpty()) {
            report.error(settings.spotOf("servers"), "0 " + name + " server configured.");
        }
        return servers;
    }

    private void server(Fields server, String name) {
        Json.Text address = server.textNode("address");
        if (address == null) {
            report.error(server.spotOf("address"), name + " server address is not set.");
        } else {
            Hosts.dialled(address, report);
        }
        Long port = server.numberOrNull("port", 0, Fields.UINT16);
        if (port == null ? !server.has("port") : port == 0) {
            report.error(server.spotOf("port"), "Invalid " + name + " port.");
        }
        server.text("email");
        server.number("level", 0, Fields.BYTE, 0);
    }

    private void password(Fields fields, String message) {
        if (fields.text("password").isEmpty()) {
            report.error(fields.spotOf("password"), message);
        }
    }

    private void cipher(Fields fields) {
        String method = fields.text("method");
        String word = method.toLowerCase(Locale.ROOT);
        if (!CIPHERS.contains(word)) {
            String hint = word.contains("cfb") || word.contains("rc4") || word.contains("ctr")
                    ? ": stream ciphers are broken and no longer served"
                    : Words.didYouMean(word, CIPHERS);
            report.error(fields.spotOf("method"), "unknown cipher method: " + Words.quoted(method) + hint);
        }
    }
}
