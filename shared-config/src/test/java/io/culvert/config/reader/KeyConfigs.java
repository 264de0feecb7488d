package io.culvert.config.reader;

import java.util.LinkedHashMap;
import java.util.Map;

/** Configurations in which together every kind of object stands that the readers know; each is about one thing. */
final class KeyConfigs {
    private static final String IN = "\"listen\": \"127.0.0.1\", \"port\": 1, ";
    private static final String USER = "{\"id\": \"" + Loads.ID + "\"}";
    private static final String FREEDOM = "\"outbounds\": [{\"protocol\": \"freedom\", \"tag\": \"out\"}]";
    private static final String SOCKS = "\"inbounds\": [{" + IN + "\"protocol\": \"socks\", \"tag\": \"in\"}]";

    private KeyConfigs() {}

    /** By a name for messages. */
    static Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        inbounds(all);
        outbounds(all);
        streams(all);
        sections(all);
        return all;
    }

    private static String inbound(String fields) {
        return "{\"inbounds\": [{" + IN + fields + "}], " + FREEDOM + "}";
    }

    private static String outbound(String fields) {
        return "{" + SOCKS + ", \"outbounds\": [{" + fields + "}]}";
    }

    private static void inbounds(Map<String, String> all) {
        all.put(
                "in vmess",
                inbound("\"protocol\": \"vmess\", \"settings\": {\"clients\": [" + USER
                        + "], \"detour\": {\"to\": \"x\"},"
                        + " \"default\": {\"level\": 0}, \"features\": {\"detour\": {\"to\": \"x\"}}},"
                        + " \"allocate\": {\"strategy\": \"always\"}, \"sniffing\": {\"enabled\": true}"));
        all.put(
                "in vless",
                inbound("\"protocol\": \"vless\", \"settings\": {\"clients\": [" + USER
                        + "], \"decryption\": \"none\", \"fallbacks\": [{\"dest\": 80}]}"));
        all.put(
                "in socks",
                inbound("\"protocol\": \"socks\", \"settings\": {\"accounts\": [{\"user\": \"a\", \"pass\": \"b\"}]}"));
        all.put(
                "in http",
                inbound("\"protocol\": \"http\", \"settings\": {\"accounts\": [{\"user\": \"a\", \"pass\": \"b\"}]}"));
        all.put(
                "in dokodemo-door",
                inbound("\"protocol\": \"dokodemo-door\", \"settings\": {\"address\": \"1.2.3.4\", \"port\": 5}"));
        all.put(
                "in shadowsocks",
                inbound("\"protocol\": \"shadowsocks\", \"settings\": {\"method\": \"none\", \"password\": \"x\"}"));
        all.put(
                "in trojan",
                inbound("\"protocol\": \"trojan\", \"settings\": {\"clients\": [{\"password\": \"x\"}],"
                        + " \"fallbacks\": [{\"dest\": 80}]}"));
        all.put(
                "in mtproto",
                inbound("\"protocol\": \"mtproto\", \"settings\": {\"users\": [{\"secret\": \"" + "a".repeat(32)
                        + "\"}]}"));
    }

    private static void outbounds(Map<String, String> all) {
        String server = "\"address\": \"a.example\", \"port\": 443";
        all.put("out freedom", outbound("\"protocol\": \"freedom\", \"settings\": {}, \"mux\": {\"enabled\": false}"));
        all.put(
                "out proxied",
                outbound(
                        "\"protocol\": \"freedom\", \"mux\": {\"enabled\": true}, \"proxySettings\": {\"tag\": \"x\"}"));
        all.put(
                "out blackhole",
                outbound("\"protocol\": \"blackhole\", \"settings\": {\"response\": {\"type\": \"none\"}}"));
        all.put(
                "out vmess",
                outbound("\"protocol\": \"vmess\", \"settings\": {\"vnext\": [{" + server + ", \"users\": [" + USER
                        + "]}]}"));
        all.put(
                "out vmess flat",
                outbound("\"protocol\": \"vmess\", \"settings\": {" + server + ", \"id\": \"" + Loads.ID + "\"}"));
        all.put(
                "out vless",
                outbound("\"protocol\": \"vless\", \"settings\": {\"vnext\": [{" + server + ", \"users\": [{\"id\": \""
                        + Loads.ID + "\", \"encryption\": \"none\"}]}]}"));
        for (String protocol : new String[] {"socks", "http"}) {
            all.put(
                    "out " + protocol,
                    outbound("\"protocol\": \"" + protocol + "\", \"settings\": {\"servers\": [{" + server
                            + ", \"users\": [{\"user\": \"a\", \"pass\": \"b\"}]}]}"));
            all.put(
                    "out " + protocol + " flat",
                    outbound("\"protocol\": \"" + protocol + "\", \"settings\": {" + server + ", \"user\": \"a\"}"));
        }
        all.put(
                "out shadowsocks",
                outbound("\"protocol\": \"shadowsocks\", \"settings\": {\"servers\": [{" + server
                        + ", \"method\": \"none\", \"password\": \"x\"}]}"));
        all.put(
                "out trojan",
                outbound("\"protocol\": \"trojan\", \"settings\": {\"servers\": [{" + server
                        + ", \"password\": \"x\"}]}"));
        all.put("out dns", outbound("\"protocol\": \"dns\", \"settings\": {}"));
        all.put("out loopback", outbound("\"protocol\": \"loopback\", \"settings\": {\"inboundTag\": \"in\"}"));
    }

    private static void streams(Map<String, String> all) {
        Map<String, String> transports = new LinkedHashMap<>();
        transports.put("tcp", "\"tcpSettings\": {}");
        transports.put("raw", "\"rawSettings\": {\"header\": {\"type\": \"http\", \"request\": {}, \"response\": {}}}");
        transports.put("ws", "\"wsSettings\": {\"path\": \"/x\"}");
        transports.put("httpupgrade", "\"httpupgradeSettings\": {\"path\": \"/x\"}");
        transports.put("h2", "\"httpSettings\": {\"path\": \"/x\"}");
        transports.put("grpc", "\"grpcSettings\": {\"serviceName\": \"x\"}");
        transports.put("gun", "\"gunSettings\": {\"serviceName\": \"x\"}");
        transports.put("kcp", "\"kcpSettings\": {\"header\": {\"type\": \"none\"}}");
        transports.put("quic", "\"quicSettings\": {\"header\": {\"type\": \"none\"}, \"security\": \"aes-128-gcm\"}");
        transports.put("ds", "\"dsSettings\": {\"path\": \"/x\"}");
        transports.forEach((network, settings) -> {
            String stream = "\"streamSettings\": {\"network\": \"" + network + "\", " + settings + ", \"sockopt\": {}}";
            all.put("in over " + network, inbound("\"protocol\": \"vmess\", " + stream));
            all.put(
                    "out over " + network,
                    outbound(
                            "\"protocol\": \"vmess\", \"settings\": {\"vnext\": [{\"address\": \"a\", \"port\": 1, \"users\": ["
                                    + USER + "]}]}, " + stream));
        });
        String tls =
                "\"streamSettings\": {\"security\": \"tls\", \"tlsSettings\": {\"certificates\": [{\"certificateFile\": \"c\","
                        + " \"keyFile\": \"k\"}]}}";
        all.put("in over tls", inbound("\"protocol\": \"vmess\", " + tls));
        all.put(
                "out over tls",
                outbound(
                        "\"protocol\": \"vmess\", \"settings\": {\"vnext\": [{\"address\": \"a\", \"port\": 1, \"users\": ["
                                + USER + "]}]}, " + tls));
        all.put("transport", "{" + SOCKS + ", " + FREEDOM + ", \"transport\": {}}");
    }

    private static void sections(Map<String, String> all) {
        all.put("top", "{" + SOCKS + ", " + FREEDOM + "}");
        all.put("log", "{\"log\": {}, " + SOCKS + ", " + FREEDOM + "}");
        all.put(
                "policy",
                "{\"policy\": {\"levels\": {\"1\": {}}, \"system\": {}, \"drain\": {}}, " + SOCKS + ", " + FREEDOM
                        + "}");
        all.put(
                "routing",
                "{\"routing\": {\"rules\": [{\"type\": \"field\", \"port\": 1, \"outboundTag\": \"out\"}], \"balancers\":"
                        + " [{\"tag\": \"b\", \"selector\": [\"out\"]}], \"settings\": {}}, " + SOCKS + ", " + FREEDOM
                        + "}");
        all.put(
                "dns",
                "{\"dns\": {\"servers\": [{\"address\": \"1.1.1.1\"}], \"hosts\": {\"a\": \"1.2.3.4\"}}, " + SOCKS
                        + ", " + FREEDOM + "}");
        all.put("api", "{\"api\": {\"tag\": \"api\"}, \"stats\": {}, " + SOCKS + ", " + FREEDOM + "}");
        all.put(
                "reverse",
                "{\"reverse\": {\"bridges\": [{\"tag\": \"a\", \"domain\": \"b\"}], \"portals\": [{\"tag\": \"c\", \"domain\":"
                        + " \"d\"}]}, " + SOCKS + ", " + FREEDOM + "}");
        all.put(
                "cluster",
                "{\"cluster\": {\"name\": \"x\", \"roles\": [\"ingress\"], \"secrets\": \"/x\", \"link\": {}, \"bus\": {}}, "
                        + SOCKS + ", " + FREEDOM + "}");
    }
}
